"""Who may look, in a real browser: a login by OpenID, viewers, admins, and somebody whom nobody knows."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from support.browser import chromium
from support.collector import RunningCollector, config_for
from support.openid import CLIENT_ID, CLIENT_SECRET, Provider, provider
from support.tokens import Issued, extensions

from gemledger_cli.addresses import free_port
from gemledger_cli.children import gemledger

from .test_labels_page import fill
from .test_process import wait_until_ready

expect.set_options(timeout=60_000)  # a small machine that does much else
pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("login")]

VIEWER, ADMIN = Issued("viewers", ["read"]), Issued("admins", ["read", "content", "write"])
ACCOUNTS = {
    "Vera": {"email": "vera@example.com", "email_verified": True},
    "Adam": {"email": "Adam@Example.com", "email_verified": True},
    "Mallory": {"email": "mallory@example.org", "email_verified": True},
    "Impostor": {"email": "adam@example.com", "email_verified": False},
}
SECRETS = """
[auth]
redirect_uri = "{url}/oauth2callback"
cookie_secret = "0123456789abcdef0123456789abcdef"
client_id = "{client_id}"
client_secret = "{client_secret}"
server_metadata_url = "{metadata_url}"

[gemledger]
admins = ["adam@example.com"]
viewers = ["*@example.com"]
viewer_token = "{viewer}"
admin_token = "{admin}"
"""


@dataclass(frozen=True)
class Dashboard:
    """A dashboard that people log in to, and the collector behind it."""

    url: str
    collector: RunningCollector
    browser: Browser

    def log_in(self, name: str) -> Page:
        """Open it in a browser of their own, and log in."""
        page = self.browser.new_context().new_page()
        page.set_default_timeout(60_000)
        page.goto(self.url)
        page.get_by_role("button", name="Log in").click(timeout=60_000)
        page.get_by_role("link", name=name, exact=True).click(timeout=60_000)
        return page

    def labels(self) -> list[dict[str, str]]:
        """What was labelled, and who signed it."""
        answer = self.collector.http.get("/api/v1/labels", headers=ADMIN.header)
        found: list[dict[str, str]] = answer.raise_for_status().json()["labels"]
        return found


@contextmanager
def served(folder: Path, url: str, openid: Provider) -> Iterator[str]:
    """The dashboard as its command starts it; its address."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    secrets = folder / "secrets.toml"
    secrets.write_text(
        SECRETS.format(
            url=address,
            client_id=CLIENT_ID,
            client_secret=CLIENT_SECRET,
            metadata_url=openid.metadata_url,
            viewer=VIEWER.secret,
            admin=ADMIN.secret,
        )
    )
    options = ["--url", url, "--port", str(port), "--secrets", str(secrets)]
    environ = {name: value for name, value in os.environ.items() if name != "GEMLEDGER_TOKEN"}
    child = subprocess.Popen(
        gemledger("dashboard", *options), env=environ, stdin=subprocess.DEVNULL
    )
    try:
        wait_until_ready(child, f"{address}/_stcore/health")
        yield address
    finally:
        child.terminate()
        child.wait(20)


@pytest.fixture(scope="module")
def dashboard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dashboard]:
    """A dashboard with a login over a collector with tokens, and answers to label."""
    folder = tmp_path_factory.mktemp("login")
    fill(folder / "judged.duckdb")
    config = config_for(folder / "judged.duckdb", extensions=extensions(VIEWER, ADMIN))
    with (
        provider(**ACCOUNTS) as openid,
        RunningCollector(config) as collector,
        served(folder, collector.url, openid) as url,
        chromium() as browser,
    ):
        yield Dashboard(url, collector, browser)


def test_who_is_not_logged_in_sees_a_button_and_nothing_else(dashboard: Dashboard) -> None:
    """No page, no filter, no figure; also where a link leads to a page."""
    page = dashboard.browser.new_context().new_page()
    for path in ("/", "/health?range=7d", "/labels"):
        page.goto(dashboard.url + path)
        expect(page.get_by_role("button", name="Log in")).to_be_visible()
        assert page.get_by_test_id("stSidebar").count() == 0
        assert page.get_by_test_id("stMetric").count() == 0


def test_a_viewer_sees_every_figure_and_neither_content_nor_a_way_to_label(
    dashboard: Dashboard,
) -> None:
    """The pages are there but for the one with answers of people; the token cannot read these either."""
    page = dashboard.log_in("Vera")
    expect(page.get_by_text("vera@example.com, viewer")).to_be_visible()
    page.get_by_role("link", name="Health").click()
    expect(page.get_by_role("heading", name="Health")).to_be_visible()
    expect(page.get_by_test_id("stMetric").first).to_be_visible()
    assert page.get_by_role("link", name="Label answers").count() == 0
    refused = dashboard.collector.http.get("/api/v1/labels/next", headers=VIEWER.header)
    assert refused.status_code == 403


def test_an_admin_labels_with_the_name_of_the_login(dashboard: Dashboard) -> None:
    """Nobody types a name: the provider's stands beside the label."""
    page = dashboard.log_in("Adam")
    expect(page.get_by_text("Adam@Example.com, admin")).to_be_visible()
    page.get_by_role("link", name="Label answers").click()
    page.get_by_role("button", name="Good").click(timeout=60_000)
    expect(page.get_by_text("1 of 100 labels")).to_be_visible()
    assert page.get_by_label("Your name").count() == 0
    assert [row["labelled_by"] for row in dashboard.labels()] == ["Adam@Example.com"]


@pytest.mark.parametrize("name", ["Mallory", "Impostor"])
def test_who_has_no_role_sees_a_sentence_and_the_way_out(dashboard: Dashboard, name: str) -> None:
    """Logged in as a stranger, or by an address that the provider has not verified: nothing is shown."""
    page = dashboard.log_in(name)
    expect(page.get_by_text("may not look at this dashboard")).to_be_visible()
    assert page.get_by_test_id("stSidebar").count() == 0
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_role("button", name="Log in")).to_be_visible()


def test_who_logs_out_is_out_in_every_new_page(dashboard: Dashboard) -> None:
    """The button leads back to the login, and so does the address typed again."""
    page = dashboard.log_in("Vera")
    page.get_by_role("button", name="Log out").click(timeout=60_000)
    expect(page.get_by_role("button", name="Log in")).to_be_visible()
    page.goto(f"{dashboard.url}/health")
    expect(page.get_by_role("button", name="Log in")).to_be_visible()
    assert page.get_by_test_id("stSidebar").count() == 0
