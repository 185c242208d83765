"""Who is looking now. Asked anew each time: a role lasts as long as the file that gives it."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import streamlit as st

from gemledger_dashboard.access import login_config
from gemledger_dashboard.access.login_config import LoginConfig, LoginConfigError
from gemledger_dashboard.access.rights import Role

REQUIRED_VARIABLE = "GEMLEDGER_DASHBOARD_LOGIN"
"""`required` where the dashboard was started for others: should the file vanish, nobody gets in."""
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody who looks: a role, and a name where they logged in."""

    role: Role
    name: str | None = None
    token: str | None = None

    @property
    def is_admin(self) -> bool:
        """Whether they may read content and change things."""
        return self.role is not Role.VIEWER


@dataclass(frozen=True, slots=True)
class Stranger:
    """Somebody who may not look: not logged in, or logged in as nobody we know; or the login is broken."""

    providers: tuple[str, ...] = ()
    name: str | None = None
    problem: str | None = None


class NotLoggedInError(PermissionError):
    """A page asked for somebody who may not look: only a fault of ours comes here."""


def who() -> str | None:
    """The name of whoever looks, for what they sign; None where nobody logs in."""
    return visitor().name


def visitor() -> Visitor:
    """Whoever looks; raises NotLoggedInError where `present` has a stranger."""
    found = present()
    if isinstance(found, Stranger):
        raise NotLoggedInError("nobody who may look is logged in")
    return found


def present() -> Visitor | Stranger:
    """Whoever has this page open."""
    try:
        config = _config()
    except LoginConfigError as problem:
        return Stranger(problem=str(problem))
    if config is None:
        open_to_others = os.environ.get(REQUIRED_VARIABLE) == "required" or not _on_loopback()
        no_login = "Others can reach this dashboard, and no login is configured"
        return Stranger(problem=no_login) if open_to_others else Visitor(Role.LOCAL)
    return _known(config, st.user.to_dict())


def _known(config: LoginConfig, claims: Mapping[str, Any]) -> Visitor | Stranger:
    if claims.get("is_logged_in") is not True:
        return Stranger(providers=config.providers)
    role = config.role_of(claims)
    if role is None:
        return Stranger(name=config.name_of(claims) or "somebody without a name")
    return Visitor(role, config.name_of(claims), config.tokens.get(role))


def _config() -> LoginConfig | None:
    """The login of the file that Streamlit reads, so that both mean the same; it notices changes."""
    if not st.secrets.load_if_toml_exists():
        return None
    return login_config.parse(st.secrets.to_dict())


def _on_loopback() -> bool:
    """Whether only this machine reaches us; tests run no server."""
    served = bool(sys.argv) and sys.argv[0].endswith("app.py")
    return not served or st.get_option("server.address") in _LOOPBACK
