"""What is different from the days before: versions and models of features, and prices, of the day and of its past."""

from pathlib import Path

from support.collector import RunningCollector, config_for
from support.revising import HALF, ended

from .conftest import Shop, at


def test_a_feature_s_new_prompt_version_and_model_are_told_with_their_first_slot(
    busy: Shop,
) -> None:
    """Calls of a version that was there sixty days ago are no change, those of a feature's first one are."""
    busy.calls(
        "2026-11-28T18:20",
        3,
        attribution_feature="find",
        attribution_prompt_version="v2",
        response_model="gemini-2.5-pro",
    )
    found = [
        (each["kind"], each["name"], each["feature"], each["first_at"][11:16], each["calls"])
        for each in busy.report()["changes"]["newcomers"]
    ]
    assert found == [
        ("prompt version", "v2", "chat", "10:00", 10),
        ("model", "gemini-9-unheard-of", None, "14:00", 2),
        ("model", "gemini-2.5-pro", None, "18:15", 3),
        ("prompt version", "v2", "find", "18:15", 3),
    ]
    assert "2 new models, 2 new prompt versions" in busy.report()["sentences"][1]


def test_charges_that_were_priced_again_are_told_on_the_day_it_was_done(busy: Shop) -> None:
    """Everything at half its price: so many charges, and what that changes the bill by, to the pico."""
    before = busy.sums("2026-11-28T00:00", "2026-11-29T00:00")
    asked = {
        "from": "2026-11-28",
        "to": "2026-11-29",
        "overlay": {"text": HALF, "file": "my.toml"},
    }
    run = busy.running.http.post("/api/v1/reprice", json=asked).json()["id"]
    assert ended(busy.running, f"/api/v1/price-changes/{run}")["state"] == "done"
    after = busy.sums("2026-11-28T00:00", "2026-11-29T00:00")
    repriced = busy.report("2026-11-29")["changes"]["repriced"]
    assert repriced == {"charges": 55, "change_pico_usd": str(after - before)}
    told = "55 stored charges were priced again, which changed the bill by \N{MINUS SIGN}$0.0251."
    assert told in busy.written("html", "2026-11-29")
    assert busy.report()["changes"]["repriced"] is None  # it was done on the 29th
    assert int(busy.report()["spend"]["day"]["cost_pico_usd"]) == after


def test_a_price_that_is_about_to_change_is_told_with_what_a_day_will_cost(tmp_path: Path) -> None:
    """On 2027-01-01 gemini-3.8-flash changes its price: said five days before, and not three weeks before."""
    config = config_for(tmp_path / "shop.duckdb")
    with RunningCollector(config, clock=lambda: at("2026-12-28T06:30")) as running:
        shop = Shop(running)
        for day in (4, 5, 6, 24, 25, 26, 27):
            shop.calls(
                f"2026-12-{day:02}T09:00",
                10,
                response_model="gemini-3.8-flash",
                request_model="gemini-3.8-flash",
            )
        (price,) = shop.report("2026-12-27")["changes"]["prices"]
        text = shop.written("markdown", "2026-12-27")
        long_before = shop.report("2026-12-06")["changes"]["prices"]
    assert price["at"] == "2027-01-01T00:00:00.000Z"
    assert price["model"] == "gemini-3.8-flash"
    assert price["old_daily_pico_usd"] != price["new_daily_pico_usd"]
    assert "### Prices that change" in text
    assert "| 2027-01-01 00:00 | gemini-3.8-flash |" in text
    assert long_before == []
