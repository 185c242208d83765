"""Standard Webhooks: who sent this, when, and is it what they sent? Pure: the time is an argument."""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gemledger_collector.errors import Unverified

TOLERANCE_SECONDS = 300
"""How far a delivery's time may be from ours, both ways."""

_ID, _TIMESTAMP, _SIGNATURE = b"webhook-id", b"webhook-timestamp", b"webhook-signature"
_WEBHOOK_ID = re.compile(r"[!-~]{1,256}")
_UNIX_SECONDS = re.compile(r"[0-9]{1,12}")
_VERSION = "v1,"
_MOST_SIGNATURES = 16


@dataclass(frozen=True, slots=True)
class Stamp:
    """What the three headers of a delivery say."""

    webhook_id: str
    timestamp: str
    signature: str

    @property
    def is_token(self) -> bool:
        """Whether the signature is a token (of a single job's webhook), rather than a list of ``v1,…``."""
        return self.signature.count(".") == 2 and _VERSION not in self.signature


def stamp_of(headers: Iterable[tuple[bytes, bytes]]) -> Stamp:
    """The headers of a delivery. Raises Unverified where one is absent, doubled or not what it may be."""
    found: dict[bytes, str] = {}
    for name, value in headers:
        if name not in (_ID, _TIMESTAMP, _SIGNATURE):
            continue
        if name in found or not value.isascii():
            raise Unverified(
                "malformed_header", f"the header {name.decode()} is doubled or no ASCII"
            )
        found[name] = value.decode("ascii").strip()
    if len(found) < 3 or not all(found.values()):
        raise Unverified(
            "unsigned", "webhook-id, webhook-timestamp and webhook-signature must all be there"
        )
    if not _WEBHOOK_ID.fullmatch(found[_ID]) or not _UNIX_SECONDS.fullmatch(found[_TIMESTAMP]):
        raise Unverified("malformed_header", "webhook-id or webhook-timestamp is not one")
    return Stamp(found[_ID], found[_TIMESTAMP], found[_SIGNATURE])


def require_fresh(stamp: Stamp, now_unix_seconds: int) -> None:
    """Raises Unverified for a delivery of another time than now."""
    if abs(now_unix_seconds - int(stamp.timestamp)) > TOLERANCE_SECONDS:
        raise Unverified(
            "stale",
            f"webhook-timestamp is more than {TOLERANCE_SECONDS} s from the collector's clock",
        )


def require_signed(stamp: Stamp, body: bytes, keys: Sequence[bytes]) -> None:
    """Raises Unverified unless one of the keys made one of the signatures. Takes equally long, whichever it is."""
    signed = f"{stamp.webhook_id}.{stamp.timestamp}.".encode() + body
    given = [_raw(each) for each in stamp.signature.split(" ", _MOST_SIGNATURES)[:_MOST_SIGNATURES]]
    made = [hmac.digest(key, signed, hashlib.sha256) for key in keys]
    matches = [hmac.compare_digest(one, other) for one in given for other in made]
    if not any(matches):
        raise Unverified("forged", "no signature is of a secret that is configured here")


def _raw(signature: str) -> bytes:
    """The bytes of one ``v1,…``; none where it is of another version or no base64."""
    if not signature.startswith(_VERSION):
        return b""
    try:
        return base64.b64decode(signature.removeprefix(_VERSION), validate=True)
    except (binascii.Error, ValueError):
        return b""
