"""How long a reader waits for each page, beside a bare Streamlit page in the same run and the same browser.

A store of 1 and of 10 million spans, 5,000 spans/s arriving, collector and dashboard as processes, one Chromium. Before
each figure the dashboard forgets what it knows, so that every page asks all that it shows; each round has another time
zone. A page is there when its title is, its script has ended, nothing is stale, and every chart and table is drawn.

    python benchmarks/pages.py [100k] [1m] [10m]
"""

import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import big_store
from alert_bars import Bar
from arriving import arriving
from child import Collector
from page_clock import Entry, Tab
from playwright.sync_api import Browser
from sections import run
from served import BARE, Asked, Served, serving
from support.browser import chromium

ARRIVING_PER_SECOND, VIEWERS = 5_000, 10
DATA_MS, NAVIGATION_MS, QUERIES, MEMORY_MB = 300, 1_000, 6, 400
NAVIGATION_RATIO, FIRST_RATIO = 1.5, 1.3
ZONES = ("Europe/Berlin", "America/New_York", "Asia/Tokyo", "UTC", "Asia/Kolkata")
ALERTS = {
    "budgets": [{"name": "month", "limit_usd": 100_000.0, "period": "month", "thresholds": [80]}],
    "rules": [{"name": "hourly-cost", "metric": "cost", "window": "1h", "above_usd": 1_000_000}],
}


@dataclass(frozen=True, slots=True)
class Scale:
    """How much is stored, and how often each page is opened anew and gone to."""

    spans: int
    loads: int
    walks: int


@dataclass
class Waits:
    """What one page took, time and again; in milliseconds."""

    first: list[float] = field(default_factory=list)
    navigation: list[float] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)

    @property
    def data(self) -> float:
        """Median wait for answers of the collector."""
        return statistics.median(each.milliseconds for each in self.asked)

    @property
    def queries(self) -> int:
        """The most it asked for at once."""
        return max(each.questions for each in self.asked)


@dataclass(frozen=True, slots=True)
class Stage:
    """What is measured: the dashboard, the bare app, and the browser before them."""

    browser: Browser
    dashboard: Served
    bare: Served


def measure(scale: Scale) -> Sequence[Bar]:
    """One size: the table of its pages, and its bars."""
    if not (shutil.which("chromium") or shutil.which("google-chrome")):
        print("  not measured: there is no chromium; scripts/install-test-system installs one")
        return []
    with prepared(scale) as stage:
        entries, bare_entries = entries_of(stage, stage.dashboard), entries_of(stage, stage.bare)
        pages, bare = {entry: Waits() for entry in entries}, Waits()
        for turn in range(scale.loads):
            open_each(stage, pages, bare, ZONES[turn % len(ZONES)])
        for turn in range(scale.walks):
            walk(stage, pages, (bare, bare_entries), ZONES[turn % len(ZONES)])
        print_table(pages, bare)
        bars = [*bars_of(pages, bare), viewed_by_many(stage, entries)]
    return [replace(bar, name=f"{scale.spans:,}: {bar.name}") for bar in bars]


@contextmanager
def prepared(scale: Scale) -> Iterator[Stage]:
    """A store, its collector with spans arriving, both apps and a browser."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        began = time.monotonic()
        big_store.load(folder / "bench.duckdb", scale.spans, int(time.time()))
        print(f"  {scale.spans:,} spans loaded in {time.monotonic() - began:.0f} s")
        collector = Collector(folder, {"alerts": ALERTS})
        stack.callback(collector.stop)
        dashboard = stack.enter_context(serving(folder, collector.port))
        bare = stack.enter_context(serving(folder, collector.port, BARE))
        browser = stack.enter_context(chromium())
        sent = stack.enter_context(arriving(collector.port, ARRIVING_PER_SECOND))
        began = time.monotonic()
        yield Stage(browser, dashboard, bare)
        print(f"  meanwhile {sent.value / (time.monotonic() - began):,.0f} spans/s arrived")


def entries_of(stage: Stage, app: Served) -> list[Entry]:
    """The pages of an app, found in its sidebar."""
    tab = Tab(stage.browser, app.url)
    try:
        return tab.entries()
    finally:
        tab.close()


def open_each(stage: Stage, pages: dict[Entry, Waits], bare: Waits, zone: str) -> None:
    """Open every page in a browser that knows nothing, in turns with the bare one."""
    for entry, waits in pages.items():
        bare.first.append(opened(stage, stage.bare, Entry(0, "/", "First"), zone))
        stage.dashboard.forget()
        waits.first.append(opened(stage, stage.dashboard, entry, zone))
        waits.asked.append(stage.dashboard.asked())


def opened(stage: Stage, app: Served, entry: Entry, zone: str) -> float:
    """Milliseconds until a page that is opened by its address is there."""
    tab = Tab(stage.browser, app.url)
    try:
        return tab.load(entry.path, entry.title, zone)
    finally:
        tab.close()


def walk(
    stage: Stage, pages: dict[Entry, Waits], bare: tuple[Waits, list[Entry]], zone: str
) -> None:
    """Go from page to page by the sidebar, in turns with the bare app's two."""
    reader, other = Tab(stage.browser, stage.dashboard.url), Tab(stage.browser, stage.bare.url)
    waits_of_bare, bare_entries = bare
    reader.load(list(pages)[-1].path, list(pages)[-1].title, zone)
    other.load()
    for turn, (entry, waits) in enumerate(pages.items(), start=1):
        waits_of_bare.navigation.append(other.navigate(bare_entries[turn % 2]))
        stage.dashboard.forget()
        waits.navigation.append(reader.navigate(entry))
        waits.asked.append(stage.dashboard.asked())
    reader.close()
    other.close()


def viewed_by_many(stage: Stage, entries: Sequence[Entry]) -> Bar:
    """Ten readers walk through every page, each a page behind the other."""
    tabs = [Tab(stage.browser, stage.dashboard.url) for _ in range(VIEWERS)]
    for number, tab in enumerate(tabs):
        tab.load(zone=ZONES[number % len(ZONES)])
    slowest: list[float] = []
    for step in range(len(entries)):
        going = [(tab, entries[(step + number) % len(entries)]) for number, tab in enumerate(tabs)]
        for tab, entry in going:
            tab.click(entry)
        slowest.append(max(tab.wait(entry.title) for tab, entry in going))
    memory = stage.dashboard.peak_megabytes()
    for tab in tabs:
        tab.close()
    print(
        f"  {VIEWERS} viewers at once: all had their page within {statistics.median(slowest):,.0f} ms (median of "
        f"{len(slowest)} steps), {max(slowest):,.0f} ms at worst; {memory} MB"
    )
    return Bar(f"MB of the dashboard with {VIEWERS} viewers", memory, MEMORY_MB)


def print_table(pages: dict[Entry, Waits], bare: Waits) -> None:
    """A line for each page, the bare one first."""
    print(
        "  ms, median/worst           first load     / bare       navigation   / bare    data   asked"
    )
    print(f"  {'bare Streamlit':<22} {both(bare.first)}           {both(bare.navigation)}")
    first, navigation = statistics.median(bare.first), statistics.median(bare.navigation)
    for entry, waits in pages.items():
        times_first = statistics.median(waits.first) / first
        times_navigation = statistics.median(waits.navigation) / navigation
        slow = any(not bar.holds for bar in bars_of({entry: waits}, bare))
        print(
            f"  {entry.title:<22} {both(waits.first)}   {times_first:5.2f}   {both(waits.navigation)}   "
            f"{times_navigation:5.2f}   {waits.data:5.0f}   {waits.queries:5}   {'MISSED' if slow else 'holds'}"
        )


def both(milliseconds: list[float]) -> str:
    """Median and worst."""
    return f"{statistics.median(milliseconds):7,.0f}/{max(milliseconds):7,.0f}"


def bars_of(pages: dict[Entry, Waits], bare: Waits) -> list[Bar]:
    """What the slowest of these pages took, against what is asked."""
    first, navigation = statistics.median(bare.first), statistics.median(bare.navigation)

    def worst(what: str, of: Callable[[Waits], float], asked: float) -> Bar:
        entry = max(pages, key=lambda each: of(pages[each]))
        return Bar(f"{what} ({entry.title})", of(pages[entry]), asked)

    def gone(waits: Waits) -> float:
        return statistics.median(waits.navigation)

    return [
        worst("ms for a page's data", lambda each: each.data, DATA_MS),
        worst("ms to go to a page", gone, NAVIGATION_MS),
        worst(
            "going to a page, times bare", lambda each: gone(each) / navigation, NAVIGATION_RATIO
        ),
        worst(
            "first load, times bare",
            lambda each: statistics.median(each.first) / first,
            FIRST_RATIO,
        ),
        worst("questions of a page", lambda each: each.queries, QUERIES),
    ]


SECTIONS = {
    "100k": ("100,000 spans", partial(measure, Scale(100_000, 1, 2))),
    "1m": ("1 million spans", partial(measure, Scale(1_000_000, 3, 5))),
    "10m": ("10 million spans", partial(measure, Scale(10_000_000, 2, 3))),
}

if __name__ == "__main__":
    sys.exit(run(SECTIONS, __doc__))
