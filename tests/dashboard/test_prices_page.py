"""The price book on a page: as of a day, exact, with where it was read, and what is about to change."""

from collections.abc import Iterator
from datetime import UTC, date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some
from streamlit.testing.v1 import AppTest

from gemledger_dashboard.drawing import downloads
from gemledger_dashboard.frame import asking
from gemledger_dashboard.prices import coming, price_answers, price_tables, rate_words
from gemledger_dashboard.prices.price_answers import BookRow, Priced

from .conftest import NOW, Collector, Open, running
from .test_pages import figures, texts

PAGE = "views/prices.py"
TODAY = NOW.astimezone(UTC).date()
OVERLAY = """
[[discount]]
percent = 12.5
platforms = ["gemini_api"]
models = ["gemini-2.5-flash"]
from = 2026-01-01

[[model]]
platform = "vertex_ai"
id = "our-tuned-<b>model</b>"
[[model.rate]]
from = 2026-01-01
source = "=our contract"
read_on = 2026-01-01
confidence = "published"
usd_per_million_tokens = { input = 0.123457, output = 2 }
"""


@pytest.fixture(scope="module")
def with_overlay(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Collector]:
    """A collector whose company has a contract."""
    folder = tmp_path_factory.mktemp("overlay")
    (folder / "overlay.toml").write_text(OVERLAY)
    more = f'processors: {{price: {{overlay: "{folder}/overlay.toml"}}}}\n'
    with running(folder / "overlay.duckdb", more) as collector:
        yield collector


@pytest.fixture
def open_prices(open_page: Open) -> Open:
    """Open the page by a link, as a browser does."""

    def opened(url: str, **link: str) -> AppTest:
        page = open_page(url, PAGE)
        for name, value in link.items():
            page.query_params[name] = value
        return page.run()

    return opened


def in_book(collector: Collector, on: date, **only: str) -> dict[str, Any]:
    """The rows that the API has for a day, by their names."""
    body = collector.get(f"/api/v1/prices?limit=1000&as_of={on}")
    return {
        row["row"]: row
        for model in body["models"]
        for row in model["rows"]
        if row["from_date"] <= str(on) < (row["until_date"] or "9999")
        and all(row[name] == value for name, value in only.items())
    }


def prices(page: AppTest) -> Any:
    """The table of prices: the first with a column for input."""
    return next(table.value for table in page.dataframe if "Cached input" in table.value)


def test_the_page_shows_every_price_of_today_as_the_book_has_it(
    collector: Collector, open_prices: Open
) -> None:
    """Standard tiers of both platforms; dollars per million tokens are picodollars per token, exactly."""
    page = open_prices(collector.url)
    assert not page.exception
    expected = in_book(collector, TODAY, tier="standard")
    shown = prices(page)
    assert len(shown) == len(expected)
    assert figures(page)["Models priced"] == str(len({row["model"] for row in expected.values()}))
    inputs = [
        Decimal(row["pico_usd_per_token"]["input"]) / 10**6
        for row in expected.values()
        if "input" in row["pico_usd_per_token"]
    ]
    assert sorted(shown["Input"].dropna()) == sorted(inputs)
    assert set(shown["Source"]) == {row["source"] for row in expected.values()}


def test_a_link_to_a_day_a_platform_a_tier_and_a_name_is_followed(
    collector: Collector, open_prices: Open
) -> None:
    """Prices of another day, in batches, of one model found by a part of its name; and the link stays."""
    link = {
        "book_day": "2027-01-02",
        "book_platform": "vertex_ai",
        "book_tier": "batch",
        "book_search": "3.8-FLASH",
    }
    page = open_prices(collector.url, **link)
    shown = prices(page)
    assert set(shown["Model"]) == {
        row["model"]
        for row in in_book(collector, date(2027, 1, 2), platform="vertex_ai", tier="batch").values()
        if "3.8-flash" in row["model"]
    }
    assert set(shown["Platform"]) == {"Vertex AI"}
    assert {name: page.query_params[name] for name in link} == link
    page.text_input(key="choice_book_search").set_value("").run()
    assert "book_search" not in page.query_params


def test_below_and_above_the_context_step_are_two_prices(
    collector: Collector, open_prices: Open
) -> None:
    """The step is said in tokens on both lines."""
    page = open_prices(collector.url, book_search="gemini-2.5-pro", book_platform="gemini_api")
    shown = prices(page).set_index("Model").loc[["gemini-2.5-pro"]].set_index("Prompt tokens")
    assert shown.loc["up to 200,000", "Input"] == Decimal("1.25")
    assert shown.loc["above 200,000", "Input"] == Decimal("2.5")


def test_what_is_coming_stands_on_top_and_agrees_with_the_collector(
    collector: Collector, open_prices: Open
) -> None:
    """The first table; the days are the collector's own; a change says from what to what."""
    page = open_prices(collector.url, book_tier="every", at="2026-11-29T12:00Z", tz="UTC")
    told = collector.get("/api/v1/prices?as_of=2026-11-29&limit=1")["coming"]
    table = page.dataframe[0].value
    assert {str(day) for day in table["From"]} == {change["date"] for change in told}
    assert "$" in table["What changes"][0]
    assert " to " in table["What changes"][0]
    later = open_prices(collector.url, book_day="2090-01-01")
    assert "No change of these prices is known" in texts(later.caption)
    assert figures(later)["Next change"] == "none"


def test_old_readings_are_said_and_so_is_what_to_do(
    collector: Collector, open_prices: Open
) -> None:
    """A year from now every reading of today is stale."""
    page = open_prices(collector.url, book_day=str(TODAY + timedelta(days=365)))
    assert "were read more than 45 days before" in texts(page.warning)
    assert "gemledger price --check" in texts(page.warning)
    sources = page.dataframe[-1].value
    assert set(sources["State"]) == {"stale: read it again"}
    assert all(str(address).startswith("https://") for address in sources["Page"].dropna())


def test_what_the_company_says_itself_is_marked_and_exact(
    with_overlay: Collector, open_prices: Open
) -> None:
    """A discount of 12.5 % and a model of one's own, to the last digit; its name is text."""
    page = open_prices(with_overlay.url)
    assert "with your overlay" in texts(page.caption)
    shown = prices(page)
    flash = shown[(shown["Model"] == "gemini-2.5-flash") & (shown["Platform"] == "Gemini API")]
    assert list(flash["Input"]) == [Decimal("0.2625")]
    own = shown[shown["Model"] == "our-tuned-<b>model</b>"]
    assert list(own["Input"]) == [Decimal("0.123457")]
    assert set(own["Whose"]) == set(flash["Whose"]) == {"your overlay"}
    assert "'=our contract" in downloads.csv_of(own)
    assert not page.exception


@pytest.mark.parametrize(
    "link",
    [
        {"book_day": "tomorrow"},
        {"book_day": "0001-01-01"},
        {"book_platform": "<script>"},
        {"book_tier": "cheap"},
    ],
)
def test_a_wrong_link_is_explained_and_prices_are_there(
    collector: Collector, open_prices: Open, link: dict[str, str]
) -> None:
    """The notice names what is wrong; today's standard prices stand below."""
    page = open_prices(collector.url, **link)
    assert not page.exception
    assert next(iter(link.values())) in texts(page.warning)
    assert len(prices(page))


def test_a_name_that_no_model_has_says_what_to_do(collector: Collector, open_prices: Open) -> None:
    """No empty table, no zero that means nothing."""
    page = open_prices(collector.url, book_search="no such <i>model</i>")
    assert "so its calls are unpriced" in texts(page.info)
    assert figures(page)["Oldest reading"] == "\N{EN DASH}"
    assert not page.exception


def test_one_question_is_enough_for_every_day(collector: Collector, tmp_path: Path) -> None:
    """The book comes whole: another day asks nothing."""
    book = price_answers.book(collector.get("/api/v1/prices?limit=1000"))
    assert book.whole
    assert asking.FRESH_SECONDS
    for on in (date(2025, 6, 1), TODAY, date(2027, 1, 1)):
        assert {row.name for row in book.rows if row.holds_on(on)} == set(in_book(collector, on))


@given(
    some.sampled_from(["input", "token_hour", "image", "grounding_query"]), some.integers(0, 10**15)
)
def test_a_rate_in_words_is_exact(name: str, pico: int) -> None:
    """Reading the words gives back every picodollar."""
    million = 1 if rate_words.is_per_piece(name) else 10**6
    said = Decimal(rate_words.dollars(name, pico).removeprefix("$").replace(",", ""))
    assert said * 10**12 == pico * million


def row(since: date, until: date | None, **per_token: int) -> BookRow:
    """A row of one model."""
    of = Priced("gemini_api", "gemini-x", (), None)
    return BookRow(
        f"gemini_api/gemini-x/standard/base/{since}",
        of, "standard", "base", "global", since, until,
        per_token, {}, frozenset(), published=True, source="https://example.com/p, read", read_on=since, overlay=False,
    )  # fmt: skip


def test_a_change_says_what_becomes_dearer_what_is_new_and_what_ends() -> None:
    """Two rows that follow each other, and then nothing."""
    day = date(2026, 12, 1)
    first = row(date(2026, 1, 1), day, input=300_000, output=2_500_000, thoughts=2_500_000)
    then = row(day, date(2027, 1, 1), input=600_000, cache_read=60_000, thoughts=2_500_000)
    changed, ended = coming.changes([first, then], date(2026, 11, 30))
    assert price_tables.what(changed) == (
        "input $0.30 to $0.60 (+100 %), output without a price, cached input new at $0.06"
    )
    assert price_tables.what(ended) == "ends, and nothing follows: calls will have no price"
    assert coming.changes([first, then], date(2027, 1, 1)) == []
    assert price_tables.page(first.source) == "https://example.com/p"
