"""How every command reaches a collector: with the token of the environment, and its authorities over TLS."""

import os
import ssl
from collections.abc import Mapping

import httpx

TOKEN_VARIABLE = "GEMLEDGER_TOKEN"  # noqa: S105 - a name
"""An access token for a collector that wants one; the dashboard reads it, too."""


def http_client(url: str, *, timeout_seconds: float = 30.0) -> httpx.Client:
    """A client for the collector at ``url``. SSL_CERT_FILE names further authorities."""
    return httpx.Client(
        base_url=url.rstrip("/"),
        headers=token_header(os.environ),
        timeout=timeout_seconds,
        # A proxy named in the environment must not come between us and a loopback address.
        trust_env=False,
        verify=_authorities(url, os.environ),
    )


def token_header(environ: Mapping[str, str]) -> dict[str, str]:
    """The header that shows the token of the environment, if there is one."""
    token = environ.get(TOKEN_VARIABLE, "").strip()
    return {"Authorization": f"Bearer {token}"} if token else {}


def _authorities(url: str, environ: Mapping[str, str]) -> ssl.SSLContext | bool:
    if not url.startswith("https"):
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # trusts nobody: to read whom to takes 20 ms
    file = environ.get("SSL_CERT_FILE")
    if file:
        return ssl.create_default_context(cafile=file)
    return True
