"""Google's public keys (a JWKS): fetched when one is needed, kept, and asked for again at most once a minute."""

import asyncio
import base64
import json
import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import httpx

from gemledger_collector.errors import Overloaded, Unverified

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

log = logging.getLogger("gemledger.settle")

MAX_AGE_NS = 3600 * 10**9
"""Keys older than this are fetched anew before they are believed."""
REFETCH_NS = 60 * 10**9
"""Least time between two fetches: tokens that name made-up keys must not make us ask Google for each."""
_MOST_BYTES = 2**20
_BITS = range(2048, 8193)


class Keys:
    """The keys behind one address. Times are unix nanoseconds."""

    def __init__(self, url: str, timeout_seconds: float) -> None:
        self._url = url
        self._timeout_seconds = timeout_seconds
        self._keys: Mapping[str, RSAPublicKey] | None = None
        self._fetched_at = self._tried_at = 0
        self._fetching = asyncio.Lock()

    async def key(self, key_id: str, now: int) -> "RSAPublicKey":
        """The key of that name. Raises Unverified where there is none, Overloaded where nobody can say."""
        if not self._good(key_id, now):
            async with self._fetching:
                if not self._good(key_id, now) and not 0 <= now - self._tried_at < REFETCH_NS:
                    await self._fetch(now)
        if self._keys is None or not self._recent(now):
            raise Overloaded("the keys of per_job.jwks_url cannot be had", retry_after_seconds=60)
        if key_id not in self._keys:
            raise Unverified(
                "unknown_key", "the token's key is not among those of per_job.jwks_url"
            )
        return self._keys[key_id]

    def _good(self, key_id: str, now: int) -> bool:
        return self._keys is not None and key_id in self._keys and self._recent(now)

    def _recent(self, now: int) -> bool:
        return 0 <= now - self._fetched_at < MAX_AGE_NS

    async def _fetch(self, now: int) -> None:
        self._tried_at = now
        try:
            async with asyncio.timeout(self._timeout_seconds):
                self._keys = public_keys(json.loads(await self._document()))
            self._fetched_at = now
        except (httpx.HTTPError, TimeoutError, ValueError, RecursionError) as error:
            log.warning(
                "keys of webhooks cannot be had from %s: %s", self._url, str(error) or "timeout"
            )

    async def _document(self) -> bytes:
        # A proxy of the environment is for the world outside, not for a server on this machine.
        outside = self._url.startswith("https:")
        document = b""
        async with (
            httpx.AsyncClient(timeout=self._timeout_seconds, trust_env=outside) as client,
            client.stream("GET", self._url) as response,
        ):
            response.raise_for_status()
            async for chunk in response.aiter_bytes():
                document += chunk
                if len(document) > _MOST_BYTES:
                    raise ValueError(f"it has more than {_MOST_BYTES} bytes")
        return document


def public_keys(jwks: Any) -> Mapping[str, "RSAPublicKey"]:  # noqa: ANN401 - whatever JSON holds
    """Every key of a JWKS that can sign with RS256, by its name; others are passed over. Raises ValueError."""
    entries = jwks.get("keys") if isinstance(jwks, dict) else None
    if not isinstance(entries, list):
        raise ValueError("it is no JWKS: there is no list of keys")  # noqa: TRY004 - one error for whatever is no JWKS
    keys = {}
    for entry in entries:
        key = _public_key(entry) if isinstance(entry, dict) else None
        if key is not None:
            keys[entry["kid"]] = key
    return keys


def _public_key(jwk: dict[str, Any]) -> "RSAPublicKey | None":
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers  # noqa: PLC0415 - 20 ms, with the first token

    for_us = jwk.get("use", "sig") == "sig" and jwk.get("alg", "RS256") == "RS256"
    if jwk.get("kty") != "RSA" or not for_us or not isinstance(jwk.get("kid"), str):
        return None
    try:
        modulus, exponent = _number(jwk["n"]), _number(jwk["e"])
        if modulus.bit_length() not in _BITS:
            return None
        return RSAPublicNumbers(exponent, modulus).public_key()
    except (KeyError, TypeError, ValueError):
        return None


def _number(encoded: str) -> int:
    return int.from_bytes(base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)), "big")
