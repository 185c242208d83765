"""Webhooks as somebody else makes and checks them: written after the specification, not with our own code."""

import base64
import hashlib
import hmac
import json
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa


def secret_of(text: str) -> str:
    """A signing secret whose key is made of the text."""
    return "whsec_" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def signature(secret: str, webhook_id: str, timestamp: str, body: bytes) -> str:
    """``v1,…`` as the Standard Webhooks define it."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    content = b".".join((webhook_id.encode(), timestamp.encode(), body))
    return "v1," + base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()


def signed(secret: str, webhook_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """The headers of a good delivery."""
    return {
        "content-type": "application/json",
        "webhook-id": webhook_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signature(secret, webhook_id, str(timestamp), body),
    }


def event(kind: str = "batch.succeeded", job: str = "batches/b1", **data: Any) -> dict[str, Any]:
    """An event as Google writes it."""
    return {
        "type": kind,
        "version": "v1",
        "timestamp": "2026-11-28T12:00:00Z",
        "data": {"id": job, **data},
    }


def b64url(raw: bytes) -> str:
    """Base64 for URLs, without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def from_b64url(text: str) -> bytes:
    """What was encoded."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def unsigned_token(header: dict[str, Any], claims: dict[str, Any]) -> str:
    """The first two parts of a JWT."""
    return ".".join(b64url(json.dumps(part).encode()) for part in (header, claims))


class KeyPair:
    """An RSA key that signs tokens, as Google's do."""

    def __init__(self, key_id: str = "key-1", bits: int = 2048) -> None:
        self.key_id = key_id
        self._key = rsa.generate_private_key(65_537, bits)

    def jwk(self, **changes: Any) -> dict[str, Any]:
        """The public half."""
        numbers = self._key.public_key().public_numbers()
        n = numbers.n.to_bytes((numbers.n.bit_length() + 7) // 8, "big")
        known = {"kty": "RSA", "use": "sig", "alg": "RS256", "kid": self.key_id}
        return {**known, "n": b64url(n), "e": b64url(b"\x01\x00\x01"), **changes}

    def token(self, claims: dict[str, Any], **header: Any) -> str:
        """A signed token; header fields given win over the usual ones."""
        written = {"alg": "RS256", "typ": "JWT", "kid": self.key_id, **header}
        content = unsigned_token({k: v for k, v in written.items() if v is not None}, claims)
        raw = self._key.sign(content.encode(), padding.PKCS1v15(), hashes.SHA256())
        return f"{content}.{b64url(raw)}"


def verified_claims(token: str, jwks: dict[str, Any]) -> dict[str, Any]:
    """The claims of a token that one of the keys signed. Raises InvalidSignature, KeyError."""
    head, claims, raw = token.split(".")
    header = json.loads(from_b64url(head))
    assert header["alg"] == "RS256"
    jwk = {key["kid"]: key for key in jwks["keys"]}[header["kid"]]
    numbers = rsa.RSAPublicNumbers(
        int.from_bytes(from_b64url(jwk["e"]), "big"), int.from_bytes(from_b64url(jwk["n"]), "big")
    )
    content = f"{head}.{claims}".encode()
    numbers.public_key().verify(from_b64url(raw), content, padding.PKCS1v15(), hashes.SHA256())
    found: dict[str, Any] = json.loads(from_b64url(claims))
    return found


@dataclass(frozen=True)
class Request:
    """One request as it arrived."""

    path: str
    headers: dict[str, str]
    body: bytes


class Listener:
    """A web server that remembers what it was sent; answers come from ``statuses``, then 200 with ``answer``."""

    def __init__(self, *statuses: int, answer: bytes = b"{}") -> None:
        self.requests: list[Request] = []
        self.answer = answer
        self._statuses = list(statuses)
        self._arrived = threading.Condition()
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                headers = {name.lower(): value for name, value in self.headers.items()}
                answer = listener.answer
                self.send_response(listener.take(Request(self.path, headers, body)))
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            do_GET = do_POST  # noqa: N815 - the name http.server looks for

            def log_message(self, *_: Any) -> None:
                """Quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def take(self, request: Request) -> int:
        """Remember a request, and give the status of its answer."""
        with self._arrived:
            self.requests.append(request)
            self._arrived.notify_all()
            return self._statuses.pop(0) if self._statuses else 200

    def wait_for(self, count: int, timeout_seconds: float = 20) -> list[Request]:
        """The requests, once there are so many."""
        with self._arrived:
            arrived = self._arrived.wait_for(lambda: len(self.requests) >= count, timeout_seconds)
            assert arrived, f"{len(self.requests)} of {count} requests arrived"
            return list(self.requests)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
