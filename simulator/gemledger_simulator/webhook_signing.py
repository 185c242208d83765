"""How Google signs the webhooks it sends: HMAC for registered ones, a JWT (RS256) for those of a single job."""

import base64
import hashlib
import hmac
import json
import secrets
from typing import TYPE_CHECKING

from .fields import Json

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

PREFIX = "whsec_"
_KEY_BITS = 2048
TOKEN_SECONDS = 300
"""How long a token of a delivery is good for."""


def new_secret() -> str:
    """A signing secret as Google gives it out: once."""
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def hmac_signature(secret: str, webhook_id: str, timestamp: int, body: bytes) -> str:
    """One entry of the header ``webhook-signature``, as the Standard Webhooks have it."""
    key = base64.b64decode(secret.removeprefix(PREFIX))
    signed = f"{webhook_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()


class TokenKey:
    """An RSA key pair that signs tokens, and its public half as a JSON Web Key."""

    def __init__(self) -> None:
        # 20 ms and 30 ms: only a simulator that is asked for webhooks of single jobs pays them.
        from cryptography.hazmat.primitives.asymmetric import rsa  # noqa: PLC0415 - see above

        self._key: RSAPrivateKey = rsa.generate_private_key(65_537, _KEY_BITS)
        self.key_id = secrets.token_hex(8)

    def jwk(self) -> Json:
        """The public key, as in a JWKS."""
        numbers = self._key.public_key().public_numbers()
        return {
            "kty": "RSA",
            "use": "sig",
            "alg": "RS256",
            "kid": self.key_id,
            "n": _encoded(numbers.n.to_bytes((numbers.n.bit_length() + 7) // 8, "big")),
            "e": _encoded(numbers.e.to_bytes(3, "big")),
        }

    def token(self, audience: str, event: Json, at_unix_seconds: int) -> str:
        """A token for one delivery. It carries the event: that is what ties it to the body."""
        from cryptography.hazmat.primitives import hashes  # noqa: PLC0415 - see __init__
        from cryptography.hazmat.primitives.asymmetric import padding  # noqa: PLC0415 - see __init__

        header = {"alg": "RS256", "kid": self.key_id, "typ": "JWT"}
        claims = {
            "iss": "https://generativelanguage.googleapis.com",
            "aud": audience,
            "iat": at_unix_seconds,
            "exp": at_unix_seconds + TOKEN_SECONDS,
            "jti": secrets.token_hex(16),
            **event,
        }
        signed = f"{_encoded_json(header)}.{_encoded_json(claims)}"
        signature = self._key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
        return f"{signed}.{_encoded(signature)}"


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _encoded_json(document: Json) -> str:
    return _encoded(json.dumps(document, separators=(",", ":")).encode())
