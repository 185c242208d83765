"""Access tokens: how a secret looks, and the hash of it that stands in the configuration. Standard library only.

A secret is ``glt_``, forty random letters and digits (238 bits), and a checksum of six, so that scanners find it
and a mistyped one is told apart without a hash. Nobody can guess it, so a fast salted hash keeps it: it is checked
on every request.
"""

import hashlib
import hmac
import re
import secrets
import string
import zlib
from dataclasses import dataclass
from typing import Self

PREFIX = "glt_"
_DIGITS = string.digits + string.ascii_uppercase + string.ascii_lowercase
_RANDOM_LENGTH, _CHECKSUM_LENGTH, _SALT_BYTES = 40, 6, 16
_SECRET = re.compile(rf"{PREFIX}[0-9A-Za-z]{{{_RANDOM_LENGTH + _CHECKSUM_LENGTH}}}")
_HASH = re.compile(r"sha256:([0-9a-f]{16,64}):([0-9a-f]{64})")


def new_secret() -> str:
    """A token nobody had before."""
    random = "".join(secrets.choice(_DIGITS) for _ in range(_RANDOM_LENGTH))
    return f"{PREFIX}{random}{_checksum(random)}"


def is_secret(text: str) -> bool:
    """Whether the text has a token's form and its checksum is right."""
    if _SECRET.fullmatch(text) is None:
        return False
    random = text.removeprefix(PREFIX)[:_RANDOM_LENGTH]
    return text.endswith(_checksum(random))


def _checksum(random: str) -> str:
    rest, digits = zlib.crc32(random.encode()), ""
    for _ in range(_CHECKSUM_LENGTH):
        rest, digit = divmod(rest, len(_DIGITS))
        digits = _DIGITS[digit] + digits
    return digits


@dataclass(frozen=True, slots=True, repr=False)
class TokenHash:
    """The salted SHA-256 of a secret, written ``sha256:SALT:DIGEST`` in hex."""

    salt: bytes
    digest: bytes

    @classmethod
    def of(cls, secret: str) -> Self:
        """The hash of a secret under a salt of its own."""
        salt = secrets.token_bytes(_SALT_BYTES)
        return cls(salt, _digest(salt, secret.encode()))

    @classmethod
    def parse(cls, text: str) -> Self:
        """The hash as it stands in the configuration. Raises ValueError, which never shows what was written."""
        found = _HASH.fullmatch(text)
        if found is None or len(found[1]) % 2:
            kind = "a token itself" if text.startswith(PREFIX) else "not a token's hash"
            raise ValueError(
                f"this is {kind}; write sha256:SALT:DIGEST, as `gemledger token new NAME` prints it"
            )
        return cls(bytes.fromhex(found[1]), bytes.fromhex(found[2]))

    def matches(self, secret: bytes) -> bool:
        """Whether it is the hash of this secret; takes the same time either way."""
        return hmac.compare_digest(_digest(self.salt, secret), self.digest)

    def __str__(self) -> str:
        return f"sha256:{self.salt.hex()}:{self.digest.hex()}"


def _digest(salt: bytes, secret: bytes) -> bytes:
    return hashlib.sha256(salt + secret).digest()
