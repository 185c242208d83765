"""The filter bar and its link: a view can be sent, and whoever opens it sees the same calls at the same time."""

from datetime import UTC, timedelta
from decimal import Decimal

from streamlit.testing.v1 import AppTest

from .conftest import NOW, Collector, Open
from .test_pages import texts


def cost_by_model(page: AppTest) -> dict[str, Decimal]:
    """The first table of the spend page."""
    models = page.dataframe[0].value.set_index("Model")
    return dict(models["Cost"].dropna())


def in_ledger(collector: Collector, **only: list[str]) -> Decimal:
    """What the calls of the last month cost, out of the API."""
    asked = [
        ("since", f"{NOW - timedelta(days=40):%Y-%m-%dT%H:%M:%SZ}"),
        ("until", f"{NOW + timedelta(days=2):%Y-%m-%dT%H:%M:%SZ}"),
        *((name, value) for name, values in only.items() for value in values),
    ]
    query = "&".join(f"{name}={value}" for name, value in asked)
    return Decimal(collector.get(f"/api/v1/spend?{query}")["totals"]["cost_pico_usd"]).scaleb(-12)


def test_a_link_narrows_the_calls_and_the_page_says_to_what(
    collector: Collector, open_page: Open
) -> None:
    """Two values of a dimension choose either; the empty one calls that have none; figures are theirs alone."""
    one = open_page(collector.url, range="90d", feature="support-chat")
    assert sum(cost_by_model(one).values()) == in_ledger(collector, feature=["support-chat"])
    assert "feature support-chat" in texts(one.caption)
    two = open_page(collector.url, range="90d", feature=["support-chat", "=campaign", ""])
    assert sum(cost_by_model(two).values()) == in_ledger(
        collector, feature=["support-chat", "=campaign", ""]
    )
    assert sum(cost_by_model(two).values()) > sum(cost_by_model(one).values())
    assert two.query_params["feature"] == ["support-chat", "=campaign", ""]


def test_what_is_chosen_in_the_bar_is_in_the_link_on_every_page(
    collector: Collector, open_page: Open
) -> None:
    """The reader goes on, the choice stays; without it, the link is short again."""
    page = open_page(collector.url, tz="Europe/Berlin")
    page.multiselect(key="only_team").select("support").run()
    assert page.query_params["team"] in ("support", ["support"])
    page.switch_page("views/health.py").run()
    assert page.query_params["team"] in ("support", ["support"])
    page.multiselect(key="only_team").unselect("support").run()
    assert "team" not in page.query_params


def test_a_link_with_a_value_that_no_call_has_says_so(
    collector: Collector, open_page: Open
) -> None:
    """The page keeps its place, names the value, harmless and cut, and what to do."""
    for team in ("nobody", "<b>x</b>", "=cmd()", "x" * 10_000, "\N{ROCKET}"):
        page = open_page(collector.url, team=team)
        assert not page.exception
        assert "No call in this time range has the team" in texts(page.warning)
        assert "No calls of this choice" in texts(page.info)
        assert len(texts(page.warning)) < 500


def test_a_link_can_show_what_was_so_at_a_moment(collector: Collector, open_page: Open) -> None:
    """Later calls are not counted, the page says from when it is, and a click leads back to now."""
    at = NOW - timedelta(hours=30)
    page = open_page(collector.url, range="90d", at=f"{at.astimezone(UTC):%Y-%m-%dT%H:%MZ}")
    now = open_page(collector.url, range="90d")
    assert sum(cost_by_model(page).values()) < sum(cost_by_model(now).values())
    assert "As of" in texts(page.markdown)
    assert "at" in page.query_params
    next(button for button in page.button if button.label == "Back to now").click()
    page.run()
    assert cost_by_model(page) == cost_by_model(now)
    assert "at" not in page.query_params


def test_one_click_shows_all_calls_again(collector: Collector, open_page: Open) -> None:
    """The button stands beside what is narrowed, clears every filter, keeps the time, and is gone then."""
    page = open_page(collector.url, range="90d", feature="support-chat", model="gemini-2.5-flash")
    narrowed = cost_by_model(page)
    page.button(key="filters_cleared").click().run()
    assert page.query_params["range"] in ("90d", ["90d"])
    assert not {"feature", "model"} & set(page.query_params)
    assert sum(cost_by_model(page).values()) > sum(narrowed.values())
    assert "filters_cleared" not in [button.key for button in page.button]
