"""What dated changes of prices make of today's traffic, by the shipped book."""

from datetime import UTC, datetime
from fractions import Fraction

from gemledger.pricing import load_book
from gemledger_collector.alerts.forecast.dated_prices import RecentUse, changes, ratio
from gemledger_collector.alerts.periods import unix_nano
from gemledger_collector.storage.forecast_spend import LINES, PricedUse

BOOK = load_book()
NOW = unix_nano(datetime(2026, 11, 28, tzinfo=UTC))
NEW_YEAR = unix_nano(datetime(2027, 1, 1, tzinfo=UTC))
MODEL = "gemini-3.8-flash"


def use(tokens: int, model: str = MODEL, tier: str = "standard") -> PricedUse:
    """So many tokens of input and a tenth of them of output, priced by the book of today."""
    rates = BOOK.rates_for("gemini_api", model, tier, False, NOW)
    assert rates is not None
    pico = dict.fromkeys(LINES, 0)
    pico["input"] = tokens * (rates.pico_usd("input") or 0)
    pico["output"] = tokens // 10 * (rates.pico_usd("output") or 0)
    return PricedUse("gemini_api", model, tier, False, rates.row, pico)


def test_a_change_in_the_book_is_told_with_what_the_traffic_costs_before_and_after() -> None:
    """The last seven days' tokens at the rates that hold from new year on, to the pico."""
    recent = RecentUse([use(70_000_000)], Fraction(7), NOW)
    (change,) = changes(BOOK, recent)
    rates = BOOK.rates_for("gemini_api", MODEL, "standard", False, NEW_YEAR)
    assert rates is not None
    expected = 10_000_000 * rates.pico_usd_per_token["input"]
    expected += 1_000_000 * rates.pico_usd_per_token["output"]
    assert change.at_unix_nano == NEW_YEAR
    assert change.new_row == rates.row
    assert change.new_daily_pico_usd == expected
    assert change.old_daily_pico_usd == recent.use[0].total_pico_usd // 7
    before, after = (ratio(BOOK, recent, at) for at in (NEW_YEAR - 1, NEW_YEAR))
    assert before == 1.0
    assert after == expected / change.old_daily_pico_usd


def test_each_tier_and_model_changes_by_itself_and_what_stays_is_not_told() -> None:
    """A model whose price stays adds nothing to the list, and its weight to the ratio."""
    steady = use(1_000_000, "gemini-2.5-flash")
    recent = RecentUse([use(1_000_000), use(1_000_000, tier="batch"), steady], Fraction(1), NOW)
    assert {each.service_tier for each in changes(BOOK, recent)} == {"standard", "batch"}
    assert changes(BOOK, RecentUse([steady], Fraction(1), NOW)) == []
    assert ratio(BOOK, RecentUse([steady], Fraction(1), NOW), NEW_YEAR) == 1.0


def test_models_the_book_does_not_know_and_no_use_at_all_change_nothing() -> None:
    """Their price is unknown now and then."""
    own = PricedUse("gemini_api", "my-own", "standard", False, "x", dict.fromkeys(LINES, 5))
    assert changes(BOOK, RecentUse([own], Fraction(1), NOW)) == []
    assert ratio(BOOK, RecentUse([own], Fraction(1), NOW), NEW_YEAR) == 1.0
    assert ratio(BOOK, RecentUse([], Fraction(1), NOW), NEW_YEAR) == 1.0
