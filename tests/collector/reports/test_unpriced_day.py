"""A model without a price costs an unknown amount: no table, tile or sentence calls that $0."""

import pytest

from .conftest import Shop

NEW = "gemini-9-unheard-of"


def row(text: str, name: str) -> list[str]:
    """Cells of the first row of a Markdown report that begins with a name."""
    (line, *_) = [line for line in text.splitlines() if line.startswith(f"| {name} ")]
    return [cell.strip().replace("\\", "") for cell in line.strip("|").split(" | ")]


def test_a_model_that_has_no_price_is_unpriced_among_the_movers(busy: Shop) -> None:
    """Beside models with a price; the day before it was not there, which is $0 and known."""
    report, text = busy.report(), busy.written("markdown")
    (found,) = [each for each in report["spend"]["by"]["model"]["largest"] if each["name"] == NEW]
    assert (found["calls"], found["pico_usd"], found["unpriced_calls"]) == (2, "0", 2)
    assert found["before_unpriced_calls"] == 0
    name, calls, day, before, change, *_ = row(text, NEW)
    assert (name, calls, day, before, change) == (NEW, "2", "unpriced", "$0.00", "\u2013")
    assert "$0.00" not in busy.written("html").partition(NEW)[2].partition("</td>")[0]


def test_a_newcomer_that_has_no_price_is_unpriced(busy: Shop) -> None:
    """Among what is new as well, in every form."""
    (found,) = [each for each in busy.report()["changes"]["newcomers"] if each["name"] == NEW]
    assert found["unpriced_calls"] == 2
    assert row(busy.written("markdown"), "model")[-2:] == ["2", "unpriced"]


def test_beside_a_sum_stands_how_many_calls_are_not_in_it(busy: Shop) -> None:
    """The feature has both kinds of calls: its sum is that of the priced ones, and says so."""
    busy.calls("2026-11-28T16:00", 3, attribution_feature="find", response_model=NEW)
    assert row(busy.written("markdown"), "find")[1] == "8, 3 unpriced"


def test_a_day_of_nothing_but_unpriced_calls_cost_an_unknown_amount(shop: Shop) -> None:
    """Neither the sentence nor the tile says $0.00, and no change is made up."""
    shop.calls("2026-11-27T12:00", 4)
    shop.calls("2026-11-28T12:00", 2, response_model=NEW)
    assert shop.report()["sentences"][0] == "What 2 calls cost is not known: none has a price."
    page, text = shop.written("html"), shop.written("markdown")
    assert "<b>unpriced</b>" in page
    assert "no call has a price" in page
    assert row(text, "all of it")[1] == "unpriced"
    assert row(text, "all of it")[3] == "\u2013"


def test_a_day_before_without_a_price_is_nothing_to_compare_with(shop: Shop) -> None:
    """A known cost is not 'more than' an unknown one."""
    shop.calls("2026-11-27T12:00", 2, response_model=NEW)
    shop.calls("2026-11-28T12:00", 4)
    (money, *_) = shop.report()["sentences"]
    assert money.startswith("$0.0022 was spent on 4 calls, while the day before has no known cost")


@pytest.mark.parametrize("many", [8, 30])
def test_others_that_have_no_price_are_unpriced_together(shop: Shop, many: int) -> None:
    """More unpriced models than a table has rows: what is left over is no $0 either."""
    for number in range(many):
        shop.calls("2026-11-28T12:00", 1, response_model=f"{NEW}-{number}")
    models = shop.report()["spend"]["by"]["model"]
    assert models["others"]["unpriced_calls"] == many - len(models["largest"])
    assert row(shop.written("markdown"), f"{many - len(models['largest'])} others")[2] == "unpriced"
