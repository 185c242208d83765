"""The file that says who may log in: Streamlit's `[auth]` and our `[gemledger]`, read strictly.

Every problem is told at once, with the key it is about and what would be right.
"""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit

from gemledger_dashboard.access.rights import Role

_OF_PROVIDER = ("client_id", "client_secret", "server_metadata_url")
_AUTH = (*_OF_PROVIDER, "redirect_uri", "cookie_secret", "client_kwargs", "expose_tokens")
_OURS = ("admins", "viewers", "claim", "viewer_token", "admin_token")
_SHORTEST_SECRET = 32
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


class LoginConfigError(ValueError):
    """The login cannot be used as it is configured; one line for each thing that is wrong."""


@dataclass(frozen=True, slots=True)
class LoginConfig:
    """Who may look. Patterns are addresses, `*@domain`, or for viewers `*`; all in lower case."""

    admins: tuple[str, ...]
    viewers: tuple[str, ...]
    claim: str
    providers: tuple[str, ...]
    redirect_uri: str
    tokens: Mapping[Role, str] = field(default_factory=dict, repr=False)

    @property
    def address(self) -> SplitResult:
        """Where people open the dashboard."""
        return urlsplit(self.redirect_uri)

    def role_of(self, claims: Mapping[str, Any]) -> Role | None:
        """The role of somebody the provider tells of; None: they may not look.

        An address that the provider says is not verified is nobody's.
        """
        name = self.name_of(claims).lower()
        unverified = self.claim == "email" and claims.get("email_verified") in (False, "false")
        if not name or unverified:
            return None
        if any(_matches(name, pattern) for pattern in self.admins):
            return Role.ADMIN
        return Role.VIEWER if any(_matches(name, pattern) for pattern in self.viewers) else None

    def name_of(self, claims: Mapping[str, Any]) -> str:
        """By what somebody is known here, and in the audit; empty where the provider does not say."""
        said = claims.get(self.claim)
        return said.strip() if isinstance(said, str) else ""


def load(file: Path) -> LoginConfig | None:
    """The login that a file configures; None where it has no `[auth]`. Raises LoginConfigError."""
    try:
        document = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as problem:
        raise LoginConfigError(f"{file}: cannot be read: {problem}") from problem
    try:
        return parse(document)
    except LoginConfigError as problem:
        lines = str(problem).splitlines()
        raise LoginConfigError("\n".join(f"{file}: {line}" for line in lines)) from problem


def parse(document: Mapping[str, Any]) -> LoginConfig | None:
    """The login of a file that is read already. Raises LoginConfigError."""
    if "auth" not in document:
        if "gemledger" in document:
            raise LoginConfigError(
                "[gemledger] says who may look, but [auth] says not how they log in"
            )
        return None
    auth, ours = _table(document, "auth"), _table(document, "gemledger")
    problems = [*_wrong_auth(auth), *_wrong_roles(ours)]
    if problems:
        raise LoginConfigError("\n".join(problems))
    given = {Role.VIEWER: ours.get("viewer_token"), Role.ADMIN: ours.get("admin_token")}
    return LoginConfig(
        admins=_lower(ours.get("admins", ())),
        viewers=_lower(ours.get("viewers", ())),
        claim=str(ours.get("claim", "email")),
        providers=tuple(_providers(auth)),
        redirect_uri=str(auth["redirect_uri"]),
        tokens={role: str(token) for role, token in given.items() if token},
    )


def _table(document: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = document.get(name, {})
    if not isinstance(found, Mapping):
        raise LoginConfigError(f"{name}: must be a table: [{name}]")
    return found


def _wrong_auth(auth: Mapping[str, Any]) -> Iterator[str]:
    providers = _providers(auth)
    for key, value in auth.items():
        if key not in _AUTH and not isinstance(value, Mapping):
            yield f"auth.{key}: unknown key; known are {', '.join(_AUTH)}, and tables of providers"
    yield from _wrong_redirect(auth.get("redirect_uri"))
    secret = auth.get("cookie_secret")
    if not isinstance(secret, str) or len(secret) < _SHORTEST_SECRET:
        yield (
            f"auth.cookie_secret: must be a random text of {_SHORTEST_SECRET} characters or more, as "
            "`openssl rand -hex 32` prints: who guesses it logs in as anybody"
        )
    if not providers:
        yield f"auth: names no provider; it needs {', '.join(_OF_PROVIDER)}"
    for name, provider in providers.items():
        yield from _wrong_provider("auth" if name == "default" else f"auth.{name}", provider)


def _providers(auth: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Those that people can log in by: the table itself, and tables in it."""
    named = {
        name: value
        for name, value in auth.items()
        if isinstance(value, Mapping) and name != "client_kwargs"
    }
    return {**({"default": auth} if any(key in auth for key in _OF_PROVIDER) else {}), **named}


def _wrong_provider(where: str, provider: Mapping[str, Any]) -> Iterator[str]:
    if "_" in where:
        yield f"{where}: Streamlit allows no underscore in the name of a provider"
    for key in _OF_PROVIDER:
        if not isinstance(provider.get(key), str) or not provider[key].strip():
            yield f"{where}.{key}: missing; the provider tells it when you register the dashboard there"
    address = provider.get("server_metadata_url")
    if isinstance(address, str) and address.strip() and not _is_private(address):
        yield f"{where}.server_metadata_url: must begin with https://, so that nobody else can answer"


def _wrong_redirect(found: object) -> Iterator[str]:
    right = "https://ledger.example.com/oauth2callback"
    if not isinstance(found, str) or not found.endswith("/oauth2callback"):
        yield f"auth.redirect_uri: must be where people open the dashboard, and end so: {right}"
    elif not _is_private(found):
        yield (
            f"auth.redirect_uri: {found} sends logins as they are; use https, like {right} (http "
            "only on this machine, as http://localhost:8501/oauth2callback)"
        )


def _is_private(address: str) -> bool:
    """Whether what is sent there stays secret: it is encrypted, or does not leave this machine."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    local = parts.scheme == "http" and parts.hostname in _LOOPBACK
    return bool(parts.hostname) and (parts.scheme == "https" or local)


def _wrong_roles(ours: Mapping[str, Any]) -> Iterator[str]:
    for key in ours:
        if key not in _OURS:
            yield f"gemledger.{key}: unknown key; known are {', '.join(_OURS)}"
    for key in ("admins", "viewers"):
        found = ours.get(key, [])
        if not isinstance(found, Sequence) or isinstance(found, str):
            yield f'gemledger.{key}: must be a list: {key} = ["maria@example.com"]'
            continue
        yield from (
            f"gemledger.{key}: {entry!r} is neither an address (maria@example.com) nor a domain "
            "(*@example.com)" + ("" if key == "admins" else " nor everybody (*)")
            for entry in found
            if not _is_pattern(entry, everybody=key == "viewers", addresses=_by_address(ours))
        )
    if not ours.get("admins") and not ours.get("viewers"):
        yield (
            "gemledger: nobody may look; add [gemledger] with "
            'admins = ["maria@example.com"] or viewers = ["*@example.com"]'
        )
    for key in ("claim", "viewer_token", "admin_token"):
        if key in ours and (not isinstance(ours[key], str) or not ours[key].strip()):
            yield f"gemledger.{key}: must be a text"


def _by_address(ours: Mapping[str, Any]) -> bool:
    return str(ours.get("claim", "email")) == "email"


def _is_pattern(entry: object, *, everybody: bool, addresses: bool) -> bool:
    if not isinstance(entry, str) or not entry.strip():
        return False
    if entry == "*":
        return everybody
    name, _, domain = entry.rpartition("@")
    rest = entry.removeprefix("*@")
    return "*" not in rest and (bool(name and domain) or not addresses)


def _matches(name: str, pattern: str) -> bool:
    if pattern == "*":
        return True
    return name.endswith(pattern[1:]) if pattern.startswith("*@") else name == pattern


def _lower(entries: Sequence[str]) -> tuple[str, ...]:
    return tuple(entry.strip().lower() for entry in entries)
