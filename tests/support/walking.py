"""Walking through the dashboard as a reader does, and noting what each screen shows that it should not."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import axe_playwright_python
from playwright.sync_api import Browser, Page
from playwright.sync_api import TimeoutError as TooLate

DESKTOP, PHONE = (1280, 900), (390, 844)
SIZES = {"desktop": DESKTOP, "phone": PHONE}
THEMES = ("light", "dark")
PATIENCE_MS = 120_000
REDRAWN_MS = 20_000
FILES = ("CSV", "Parquet")
SETTLED = """() => {
    const app = document.querySelector('[data-testid=stApp]');
    return app !== null && app.getAttribute('data-test-script-state') === 'notRunning'
        && document.querySelector('[data-testid=stSkeleton], [data-stale=true]') === null;
}"""
CONTENT_ENDS_AT = """() => {
    const ends = [...document.querySelectorAll('[data-testid=stMain] *')]
        .filter(each => !each.closest('[data-testid=stDataFrame], [data-testid=stCode]'))
        .map(each => each.getBoundingClientRect().right);
    return Math.max(document.scrollingElement.scrollWidth,
                    document.querySelector('[data-testid=stMain]').scrollWidth, ...ends);
}"""
AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js").read_text(encoding="utf-8")
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
GRAVE = {"serious", "critical"}
BEYOND_REACH = {
    "target-size": "[data-testid=stDateInput] [role=spinbutton]",
}
"""Where Streamlit's own elements break a rule. Day, month and year of a date field lie side by side, smaller than
24 pixels; the field around them is large, and takes every key."""


@dataclass(frozen=True)
class Screen:
    """One page in one theme and size, and everything on it that should not be."""

    page: str
    theme: str
    size: str
    exceptions: tuple[str, ...]
    pixels_too_wide: int
    violations: tuple[str, ...]
    complaints: tuple[str, ...]
    """What the browser said on its console or could not load since the screen before."""
    figures: Mapping[str, str]
    """The tiles: label and value as they are read."""
    rows: Sequence[Mapping[str, str]]
    """The first table's, as a screen reader has it: columns that are in sight."""
    without_files: int
    """Tables that cannot be downloaded as CSV and as Parquet."""
    seen_at: datetime

    @property
    def name(self) -> str:
        """For the message of a failed test."""
        return f"{self.page}, {self.theme}, {self.size}"


@dataclass
class Ear:
    """Hears what a browser's page complains of."""

    heard: list[str] = field(default_factory=list)

    def listen(self, page: Page) -> None:
        """From now on."""
        page.on("console", lambda said: self._hear(said.text, if_=said.type == "error"))
        page.on("pageerror", lambda error: self._hear(str(error)))
        page.on("requestfailed", lambda request: self._hear(f"failed: {request.url}"))
        page.on("response", lambda answer: self._hear(answer.url, if_=answer.status >= 400))

    def _hear(self, complaint: str, *, if_: bool = True) -> None:
        if if_:
            self.heard.append(complaint)

    def take(self) -> tuple[str, ...]:
        """What was heard since the last time."""
        heard, self.heard = tuple(self.heard), []
        return heard


def walk(browser: Browser, url: str) -> tuple[Screen, ...]:
    """Open the link, then every page that the navigation names, and look at each in every theme and size."""
    page, ear = opened(browser, url), Ear()
    ear.listen(page)
    return tuple(screen for name in names(page) for screen in _looks(page, ear, name))


def opened(browser: Browser, url: str) -> Page:
    """A link in a window of its own, on a desktop, once it has settled."""
    page = browser.new_context(viewport=_viewport(DESKTOP)).new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.goto(url)
    page.get_by_test_id("stSidebarNav").wait_for()
    settle(page)
    return page


def names(page: Page) -> list[str]:
    """What the navigation names, in its order; its icons are no part of a name."""
    links = page.get_by_test_id("stSidebarNavLink").all_inner_texts()
    return [link.strip().split("\n")[-1] for link in links]


def go(page: Page, name: str) -> None:
    """Choose a page in the navigation, as a reader does."""
    page.get_by_test_id("stSidebarNavLink").filter(has_text=re.compile(f"{name}$")).click()
    page.locator("h1", has_text=re.compile(f"^{name}")).wait_for()
    settle(page)


def settle(page: Page) -> None:
    """Wait until the page is drawn."""
    page.wait_for_function(SETTLED)


def figures(page: Page) -> dict[str, str]:
    """The tiles of a page: label and value as they are read."""
    labels = page.get_by_test_id("stMetricLabel").all_inner_texts()
    values = page.get_by_test_id("stMetricValue").all_inner_texts()
    return dict(zip((label.strip() for label in labels), values, strict=True))


def table(page: Page) -> list[dict[str, str]]:
    """The rows of the first table as a screen reader has them: the columns that are in sight."""
    grids = page.get_by_test_id("stDataFrame")
    if grids.count() == 0:
        return []
    with suppress(TooLate):  # the frame is there before its rows are
        grids.first.locator("tbody td").first.wait_for(state="attached", timeout=REDRAWN_MS)
    heads = grids.first.locator("th").all_text_contents()
    rows = [row.locator("td").all_text_contents() for row in grids.first.locator("tbody tr").all()]
    return [dict(zip(heads, row, strict=False)) for row in rows]


def without_files(page: Page) -> int:
    """How many of a page's tables have no button for each of both kinds of file."""
    tables = page.get_by_test_id("stDataFrame").count()
    buttons = page.get_by_test_id("stDownloadButton")
    kinds = (buttons.filter(has_text=re.compile(f"{kind}$")).count() for kind in FILES)
    return max(tables - count for count in kinds)


def _looks(page: Page, ear: Ear, name: str) -> Iterator[Screen]:
    go(page, name)
    for size, pixels in SIZES.items():
        page.set_viewport_size(_viewport(pixels))
        for theme in THEMES:
            page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]  # one of two words
            settle(page)
            wide = pixels_too_wide(page, pixels[0])
            yield Screen(
                page=name,
                theme=theme,
                size=size,
                exceptions=tuple(page.get_by_test_id("stException").all_inner_texts()),
                pixels_too_wide=wide,
                violations=violations(page, of_colours_only=theme == "dark"),
                complaints=ear.take(),
                figures=figures(page),
                rows=table(page),
                without_files=without_files(page),
                seen_at=datetime.now(UTC),
            )
    page.set_viewport_size(_viewport(DESKTOP))
    page.emulate_media(color_scheme="light")


def pixels_too_wide(page: Page, width: int) -> int:
    """By how much something ends beyond the screen once charts and the sidebar have followed its new width."""
    with suppress(TooLate):
        page.wait_for_function(
            f"width => ({CONTENT_ENDS_AT})() <= width", arg=width, timeout=REDRAWN_MS
        )
    return max(0, int(page.evaluate(CONTENT_ENDS_AT)) - width)


def violations(page: Page, *, of_colours_only: bool = False) -> tuple[str, ...]:
    """What axe calls serious or critical on the page as it stands; another theme changes nothing but colours."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    rules = ["color-contrast"] if of_colours_only else list(RULES)
    asked = {"resultTypes": ["violations"], "runOnly": rules}
    found = page.evaluate("asked => axe.run(document, asked)", asked)["violations"]
    return tuple(
        f"{rule['id']} at {node['target'][-1]}: {node['html'][:200]} {_reason(node)}"
        for rule in found
        if rule["impact"] in GRAVE
        for node in rule["nodes"]
        if not _beyond_reach(page, rule["id"], node["target"][-1])
    )


def _beyond_reach(page: Page, rule: str, target: str) -> bool:
    excepted = BEYOND_REACH.get(rule)
    return excepted is not None and bool(
        page.eval_on_selector(target, "(found, excepted) => found.matches(excepted)", excepted)
    )


def _reason(node: dict[str, Any]) -> str:
    checks = [*node["any"], *node["all"], *node["none"]]
    return str(checks[0]["message"]) if checks else ""


def _viewport(pixels: tuple[int, int]) -> Any:
    return {"width": pixels[0], "height": pixels[1]}
