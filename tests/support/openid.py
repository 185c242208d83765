"""A small OpenID provider for tests: discovery, a page to choose an account on, tokens, keys, logout."""

import base64
import hashlib
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import escape
from typing import Any
from urllib.parse import urlencode

import uvicorn
from joserfc import jwt
from joserfc.jwk import RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from gemledger_cli.addresses import free_port

CLIENT_ID, CLIENT_SECRET = "gemledger-dashboard", "a secret of the provider"


@dataclass
class Provider:
    """Whoever clicks an account's name is logged in as it."""

    accounts: dict[str, dict[str, Any]]
    port: int = field(default_factory=free_port)
    _key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "test"}))
    _codes: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """The issuer."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def metadata_url(self) -> str:
        """Where discovery begins."""
        return f"{self.url}/.well-known/openid-configuration"

    def app(self) -> Starlette:
        """Its routes."""
        return Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self._metadata),
                Route("/authorize", self._authorize),
                Route("/chosen", self._chosen),
                Route("/token", self._token, methods=["POST"]),
                Route("/jwks", self._jwks),
                Route("/logout", self._logout),
            ]
        )

    async def _metadata(self, request: Request) -> Response:
        return JSONResponse(
            {
                "issuer": self.url,
                "authorization_endpoint": f"{self.url}/authorize",
                "token_endpoint": f"{self.url}/token",
                "jwks_uri": f"{self.url}/jwks",
                "end_session_endpoint": f"{self.url}/logout",
                "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "code_challenge_methods_supported": ["S256"],
            }
        )

    async def _authorize(self, request: Request) -> Response:
        links = [
            f'<p><a href="/chosen?{escape(urlencode({"account": name, **request.query_params}))}">{escape(name)}</a>'
            for name in self.accounts
        ]
        return HTMLResponse("".join(["<h1>Who are you?</h1>", *links]))

    async def _chosen(self, request: Request) -> Response:
        asked = dict(request.query_params)
        assert asked["client_id"] == CLIENT_ID
        code = secrets.token_urlsafe()
        self._codes[code] = asked
        back = urlencode({"code": code, "state": asked["state"]})
        return RedirectResponse(f"{asked['redirect_uri']}?{back}")

    async def _token(self, request: Request) -> Response:
        form = await request.form()
        expected = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET.replace(' ', '+')}".encode())
        plain = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode())
        given = request.headers.get("authorization", "").removeprefix("Basic ").encode()
        asked = self._codes.pop(str(form["code"]), None)
        if given not in (expected, plain) or asked is None:
            return JSONResponse({"error": "invalid_grant"}, 400)
        digest = hashlib.sha256(str(form["code_verifier"]).encode()).digest()
        if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != asked["code_challenge"]:
            return JSONResponse({"error": "invalid_grant"}, 400)
        return JSONResponse(
            {
                "access_token": secrets.token_urlsafe(),
                "token_type": "Bearer",
                "expires_in": 3600,
                "id_token": self._id_token(asked),
            }
        )

    def _id_token(self, asked: dict[str, str]) -> str:
        now = int(time.time())
        claims = {
            "iss": self.url,
            "aud": CLIENT_ID,
            "sub": asked["account"],
            "iat": now,
            "exp": now + 3600,
            "nonce": asked["nonce"],
            **self.accounts[asked["account"]],
        }
        return jwt.encode({"alg": "RS256", "kid": "test"}, claims, self._key)

    async def _jwks(self, request: Request) -> Response:
        return JSONResponse({"keys": [self._key.as_dict(private=False)]})

    async def _logout(self, request: Request) -> Response:
        return RedirectResponse(request.query_params["post_logout_redirect_uri"])


@contextmanager
def provider(**accounts: dict[str, Any]) -> Iterator[Provider]:
    """A provider with these accounts, in a thread until the block ends."""
    found = Provider(accounts)
    config = uvicorn.Config(found.app(), port=found.port, log_level="warning", ws="none")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        yield found
    finally:
        server.should_exit = True
        thread.join(20)
