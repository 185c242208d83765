"""What prices to come would change, over a real collector and its own price book."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import pytest

from .conftest import Call, Collector, Open, running
from .test_pages import figures, texts

DOUBLES = "gemini-3.8-flash"
"""Its price doubles on 1 January 2027, says Google's price page."""


@pytest.fixture(scope="module")
def used(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Collector]:
    """A collector with two days of a model that becomes dearer, and of one that does not."""
    path = tmp_path_factory.mktemp("ledger") / "used.duckdb"
    with running(path) as started:
        ago = (timedelta(hours=47), timedelta(hours=24), timedelta(minutes=20))
        started.send(
            (
                *(Call(each, DOUBLES, "growth", "search") for each in ago),
                *(Call(each, "gemini-2.5-flash", "support", "chat") for each in ago),
            )
        )
        yield started


def test_a_price_that_doubles_doubles_the_days_to_come(used: Collector, open_page: Open) -> None:
    """Old and new a day, for the traffic of the window; what does not change is not listed."""
    page = open_page(used.url, "views/spend.py", view="prices", tz=used.zone, range="7d")
    assert not page.exception
    (line,) = page.dataframe[0].value.to_dict("records")
    assert (line["From"], line["Model"], line["Change"]) == ("2027-01-01", DOUBLES, "+100 %")
    assert abs(line["Then, a day"] - 2 * line["Now, a day"]) <= Decimal("0.000000000001")
    tiles = figures(page)
    assert set(tiles) == {"Now, a day", "Then, a day", "In 30 days"}
    assert tiles["In 30 days"].startswith("+$")


def test_filters_reach_the_preview(used: Collector, open_page: Open) -> None:
    """The team that uses the other model has nothing to fear, and is told as far as which book."""
    link = {"view": "prices", "tz": used.zone, "range": "7d", "team": "support"}
    page = open_page(used.url, "views/spend.py", **link)
    assert not page.dataframe
    assert "No price of what was used is going to change" in texts(page.success)


def test_the_use_of_a_window_is_its_cost(used: Collector) -> None:
    """What is looked at is what the ledger says, for any filter; a range of nothing is refused."""
    since, until = (f"{used.now + timedelta(days=n):%Y-%m-%dT%H:%M:%SZ}" for n in (-5, 1))
    for only in ("", "&team=growth", "&team=growth&team=support", "&model=nobody", "&team="):
        asked = f"since={since}&until={until}{only}"
        use = used.get(f"/api/v1/prices/preview?{asked}")
        assert use["use_pico_usd"] == used.get(f"/api/v1/spend?{asked}")["totals"]["cost_pico_usd"]
    assert 1.9 < use["days"] < 2.1


def test_without_any_use_the_page_says_so(empty_collector: Collector, open_page: Open) -> None:
    """No zero that reads as free."""
    page = open_page(empty_collector.url, "views/spend.py", view="prices")
    assert not page.exception
    assert not page.metric
    assert "Nothing of this choice was priced" in texts(page.info)
