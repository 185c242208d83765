"""Tokens of webhooks of single jobs: a JWT that Google signed with RS256, and with nothing else. Pure but for the key.

``cryptography`` is loaded by the first token: a collector that takes none needs it not.
"""

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gemledger_collector.errors import Unverified
from gemledger_collector.settle.signatures import TOLERANCE_SECONDS

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

Json = dict[str, Any]
_PART = re.compile(r"[A-Za-z0-9_-]+")
ALGORITHM = "RS256"
_LATEST = 10**12
"""No time in unix seconds is as late."""


@dataclass(frozen=True, slots=True)
class Expected:
    """Whose tokens are meant for us; None believes any."""

    audience: str | None
    issuer: str | None


@dataclass(frozen=True, slots=True)
class Token:
    """A token taken apart; nothing in it is true before ``require_signed_by``."""

    key_id: str
    claims: Json
    signed: bytes
    signature: bytes

    @property
    def digest(self) -> str:
        """The same for the same token, however its signature is spelt."""
        return hashlib.sha256(self.signed).hexdigest()


def opened(text: str) -> Token:
    """A token's parts. Raises Unverified for what is none, and for any other algorithm: ``none`` and HMAC included."""
    parts = text.split(".")
    if len(parts) != 3 or not all(_PART.fullmatch(part) for part in parts):
        raise Unverified("malformed_token", "webhook-signature is no token")
    header, claims = _document(parts[0]), _document(parts[1])
    if header.get("alg") != ALGORITHM or "crit" in header:
        raise Unverified("wrong_algorithm", f"the token is not signed with {ALGORITHM} alone")
    key_id = header.get("kid")
    if not isinstance(key_id, str) or not 0 < len(key_id) <= 256:
        raise Unverified("unknown_key", "the token names no key")
    return Token(key_id, claims, f"{parts[0]}.{parts[1]}".encode(), _decoded(parts[2]))


def require_signed_by(key: "RSAPublicKey", token: Token) -> None:
    """Raises Unverified unless the key signed the token."""
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415 - see the module's docstring
    from cryptography.hazmat.primitives import hashes  # noqa: PLC0415 - as above
    from cryptography.hazmat.primitives.asymmetric import padding  # noqa: PLC0415 - as above

    try:
        key.verify(token.signature, token.signed, padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature:
        raise Unverified("forged", "the token's signature is not of the key it names") from None


def require_current(token: Token, expected: Expected, now_unix_seconds: int) -> None:
    """Raises Unverified for a token of another time, or for somebody else.

    Its own times count, because nobody signed the header ``webhook-timestamp`` beside it.
    """
    issued, expires = _time(token, "iat"), _time(token, "exp")
    if expires is None or issued is None:
        raise Unverified("undated", "the token must say when it was issued and when it expires")
    if now_unix_seconds >= expires:
        raise Unverified("expired", "the token has expired")
    begins = _time(token, "nbf")
    early = begins is not None and begins - now_unix_seconds > TOLERANCE_SECONDS
    if early or abs(now_unix_seconds - issued) > TOLERANCE_SECONDS:
        raise Unverified(
            "stale",
            f"the token was not issued within {TOLERANCE_SECONDS} s of the collector's clock",
        )
    _require_for_us(token.claims, expected)


def require_bound(token: Token, event: Mapping[str, Any]) -> None:
    """Raises Unverified unless the token itself repeats the event's type and job: any body may stand beside it."""
    claims, data = token.claims, token.claims.get("data")
    if "type" not in claims or not isinstance(data, dict):
        raise Unverified(
            "unbound",
            "the token does not repeat the event, so nothing ties the body to it; "
            "per_job.body: unsigned takes it all the same",
        )
    said = event.get("data")
    job = said.get("id") if isinstance(said, dict) else None
    if claims["type"] != event.get("type") or data.get("id") != job:
        raise Unverified("other_body", "the token tells of another event than the body")


def _require_for_us(claims: Json, expected: Expected) -> None:
    audience = claims.get("aud")
    audiences = audience if isinstance(audience, list) else [audience]
    if expected.audience is not None and expected.audience not in audiences:
        raise Unverified(
            "wrong_audience", "the token is for another audience than per_job.audience"
        )
    if expected.issuer is not None and claims.get("iss") != expected.issuer:
        raise Unverified("wrong_issuer", "the token is of another issuer than per_job.issuer")


def _time(token: Token, claim: str) -> float | None:
    """Unix seconds; None where there are none. Raises Unverified for what is no time."""
    value: Any = token.claims.get(claim)
    if value is None:
        return None
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not abs(value) < _LATEST:  # so is no number that JSON can write, NaN included
        raise Unverified("malformed_token", f"the token's {claim} is no time")
    return float(value)


def _document(part: str) -> Json:
    try:
        document = json.loads(_decoded(part))
    except (ValueError, RecursionError):
        raise Unverified("malformed_token", "a part of the token is no JSON") from None
    if not isinstance(document, dict):
        raise Unverified("malformed_token", "a part of the token is no JSON object")
    return document


def _decoded(part: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except ValueError:
        raise Unverified("malformed_token", "a part of the token is no base64") from None
