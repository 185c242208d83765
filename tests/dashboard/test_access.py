"""Who may look and who may do what, without a browser: the file, the roles, and what a role is never given."""

from pathlib import Path
from typing import Any

import pytest
from support.processes import run_gemledger

from gemledger_dashboard.access import login_config, rights
from gemledger_dashboard.access.login_config import LoginConfigError
from gemledger_dashboard.access.rights import Role
from gemledger_dashboard.frame import process
from gemledger_dashboard.frame.client import Client, NotAllowedError, Question, RefusedError

from .conftest import Collector

AUTH = {
    "redirect_uri": "https://ledger.example.com/oauth2callback",
    "cookie_secret": "x" * 32,
    "client_id": "id",
    "client_secret": "only-for-the-provider",
    "server_metadata_url": "https://accounts.example.com/.well-known/openid-configuration",
}
OURS: dict[str, Any] = {"admins": ["Maria@example.com"], "viewers": ["*@example.com"]}


def login(**ours: Any) -> login_config.LoginConfig:
    """A login with these roles."""
    found = login_config.parse({"auth": AUTH, "gemledger": ours or OURS})
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("claims", "role"),
    [
        ({"email": "maria@EXAMPLE.com", "email_verified": True}, Role.ADMIN),
        ({"email": "maria@example.com"}, Role.ADMIN),
        ({"email": "vera@example.com"}, Role.VIEWER),
        ({"email": "maria@example.com", "email_verified": False}, None),
        ({"email": "maria@example.com", "email_verified": "false"}, None),
        ({"email": "maria@example.com.evil.org"}, None),
        ({"email": "maria@evilexample.com"}, None),
        ({"email": "@example.org"}, None),
        ({"email": ["maria@example.com"]}, None),
        ({"email": ""}, None),
        ({"sub": "maria@example.com"}, None),
        ({}, None),
    ],
)
def test_a_role_is_given_by_a_verified_address_alone(
    claims: dict[str, Any], role: Role | None
) -> None:
    """In whatever case it is written; nothing that only looks alike is enough."""
    assert login().role_of(claims) == role


def test_everybody_who_can_log_in_may_be_a_viewer_and_never_an_admin() -> None:
    """`*` is allowed for viewers only."""
    assert login(viewers=["*"]).role_of({"email": "a@b.c"}) == Role.VIEWER
    with pytest.raises(LoginConfigError, match=r"gemledger\.admins"):
        login(admins=["*"])


def test_another_claim_can_tell_who_somebody_is() -> None:
    """Where a provider gives no address that can be trusted."""
    named = login(admins=["0c1d"], claim="oid")
    assert named.role_of({"oid": "0C1D", "email": "x@y.z"}) == Role.ADMIN
    assert named.role_of({"email": "0c1d"}) is None


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ({"auth": AUTH | {"cookie_secret": "short"}, "gemledger": OURS}, "auth.cookie_secret: must be a random"),
        ({"auth": AUTH | {"redirect_uri": "http://ledger.example.com/oauth2callback"}, "gemledger": OURS}, "use https"),
        ({"auth": AUTH | {"redirect_uri": "https://ledger.example.com/"}, "gemledger": OURS}, "and end so"),
        ({"auth": AUTH | {"server_metadata_url": "http://a.example.com/"}, "gemledger": OURS}, "must begin with https"),
        ({"auth": AUTH | {"client_id": ""}, "gemledger": OURS}, "auth.client_id: missing"),
        ({"auth": AUTH | {"cookie_secrets": "x"}, "gemledger": OURS}, "auth.cookie_secrets: unknown key"),
        ({"auth": AUTH}, "nobody may look"),
        ({"auth": AUTH, "gemledger": {}}, "nobody may look"),
        ({"auth": AUTH, "gemledger": OURS | {"admin": []}}, "gemledger.admin: unknown key"),
        ({"auth": AUTH, "gemledger": {"viewers": "*@example.com"}}, "must be a list"),
        ({"auth": AUTH, "gemledger": {"viewers": ["*@*"]}}, "neither an address"),
        ({"auth": AUTH, "gemledger": {"viewers": ["*.com"]}}, "neither an address"),
        ({"auth": AUTH, "gemledger": OURS | {"viewer_token": 5}}, "viewer_token: must be a text"),
        ({"auth": "google", "gemledger": OURS}, "auth: must be a table"),
        ({"gemledger": OURS}, "says not how they log in"),
    ],
)  # fmt: skip
def test_what_is_wrong_in_the_file_is_named(document: dict[str, Any], said: str) -> None:
    """The key, and what would be right."""
    with pytest.raises(LoginConfigError) as problem:
        login_config.parse(document)
    assert said in str(problem.value)
    assert AUTH["client_secret"] not in str(problem.value)


def test_a_viewer_is_given_neither_content_nor_a_way_to_change_anything(
    empty_collector: Collector,
) -> None:
    """Refused before it is asked, whatever the token may; to preview a rule changes nothing."""
    viewer, admin = (
        Client(empty_collector.url, Role.VIEWER),
        Client(empty_collector.url, Role.ADMIN),
    )

    def asked(path: str, *, posted: bool = False) -> Question[dict[str, Any]]:
        return Question(path, (("rule", "x"),) if posted else (), dict, posted)

    assert viewer.get(asked("/api/v1/status"))
    for path in ("/api/v1/labels/next", f"/api/v1/contents/{1:032x}", "/api/v1/datasets/answers"):
        assert rights.is_content(path)
        with pytest.raises(NotAllowedError):
            viewer.get(asked(path))
    labels = {"source": "dashboard", "labels": []}
    for path in ("/api/v1/labels", "/api/v1/alerts/silences", "/api/v1/alerts/x/acknowledge"):
        with pytest.raises(NotAllowedError, match="Only an admin"):
            viewer.tell(path, labels)
    with pytest.raises(RefusedError):  # asked, and found wrong
        viewer.get(asked("/api/v1/alerts/preview", posted=True))
    with pytest.raises(RefusedError):
        admin.tell("/api/v1/labels", {"labels": "none"})
    viewer.close()
    admin.close()


def test_each_role_has_its_own_token() -> None:
    """The one for all where the file has none; tokens are in no text about the login."""
    found = login(**OURS, viewer_token="glt_v", admin_token="glt_a")
    assert found.tokens == {Role.VIEWER: "glt_v", Role.ADMIN: "glt_a"}
    assert "glt_" not in repr(found)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1"])
def test_without_a_login_nobody_else_is_let_in(host: str, tmp_path: Path) -> None:
    """One line with the remedy, and nothing listens."""
    secrets = tmp_path / "secrets.toml"
    secrets.write_text("[other]\nkey = 1\n")
    answer = run_gemledger("dashboard", "--host", host, "--port", "0", "--secrets", str(secrets))
    assert answer.returncode == 2
    assert answer.stderr.count("\n") == 1
    assert "configure a login (docs/security.md" in answer.stderr


def test_a_wrong_file_stops_the_start(tmp_path: Path) -> None:
    """With the file and each key."""
    secrets = tmp_path / "secrets.toml"
    secrets.write_text('[auth]\ncookie_secret = "short"\n')
    answer = run_gemledger("dashboard", "--port", "0", "--secrets", str(secrets))
    assert answer.returncode == 2
    assert f"{secrets}: auth.cookie_secret" in answer.stderr
    assert "auth.redirect_uri" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_a_door_for_others_names_its_host_and_what_encrypts() -> None:
    """The name people use is allowed beside those of this machine; without a door it is loopback."""
    door = process.Door("0.0.0.0", Path("/s.toml"), login(), Path("/c.pem"), Path("/k.pem"))
    line = process.command(door=door)
    for flag in (
        "--server.address=0.0.0.0",
        "--secrets.files=/s.toml",
        "--server.allowedHosts=ledger.example.com",
        "--server.allowedHosts=127.0.0.1",
        "--server.sslCertFile=/c.pem",
        "--server.sslKeyFile=/k.pem",
    ):
        assert flag in line
    assert not any("allowedHosts" in flag or "secrets" in flag for flag in process.command())
    assert process.environment(collector_url="x", login_required=True)
