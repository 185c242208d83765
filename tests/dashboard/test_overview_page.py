"""The Overview over a real collector: how much, against what budget, is anything wrong, what changed."""

from datetime import timedelta
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from .conftest import HOME, STORY, Call, Collector, Open, running

NOBODY = "http://127.0.0.1:9"
"""The discard port: nothing listens there."""
MISSING = "\N{EN DASH}"


def said(page: AppTest) -> str:
    """All text of the page, as it is read."""
    parts: list[object] = [*page.markdown, *page.caption, *page.subheader, *page.info]
    links = [link.proto.label for link in page.get("page_link")]
    texts = [str(getattr(part, "value", "")) for part in parts]
    return "\n".join([*texts, *links]).replace("\\", "").replace("**", "")


def figures(page: AppTest) -> dict[str, str]:
    """The tiles by the beginning of their label."""
    return {metric.label.split(" to ")[0]: metric.value for metric in page.metric}


def test_the_overview_answers_four_questions(collector: Collector, open_page: Open) -> None:
    """How much, with what is known, estimated and unpriced; which budget; what fires; how good."""
    page = open_page(collector.url, HOME, tz=collector.zone)
    assert not page.exception
    assert page.title[0].value == "Overview"
    text = said(page)
    today = collector.get("/api/v1/overview", timezone=collector.zone)["today"]["totals"]
    dollars = int(today["cost_pico_usd"]) / 10**12
    assert figures(page)["Spend today"] == f"${dollars:.2f}"
    assert f"${dollars:.2f} known | $0.00 estimated | 1 unpriced" in text
    assert "support-daily (team support): $9.30 of $10.00 a day, 93.0 %" in text
    assert "support-daily, 90 % since" in text
    assert "above its usual; mostly volume" in text
    assert "1 alert fires" in text
    assert "Nothing fires" not in text
    assert "Accuracy: 25.0 % judge-flagged (14.2 to 40.2 %)" in text
    assert "last call" in text
    headings = [heading.value for heading in page.subheader]
    assert headings == [
        "Against what budget",
        "What changed",
        "Is anything wrong",
        "Quality of 7 days",
    ]


def test_movers_lead_to_their_calls_and_labels_stay_text(
    collector: Collector, open_page: Open
) -> None:
    """The three that moved most, with why; each link narrows Spend to exactly these."""
    page = open_page(collector.url, HOME, tz=collector.zone)
    links = [link.proto for link in page.get("page_link")]
    movers = [link for link in links if "trending" in link.icon]
    assert len(movers) == 3
    first = movers[0].label.replace("\\", "")
    assert first.startswith("**support-chat**: +$")
    assert "team=support&feature=support-chat" in movers[0].query_string
    assert all("<b>" not in link.label.replace("\\<", "") for link in movers)


def test_as_of_a_moment_nothing_later_is_counted(collector: Collector, open_page: Open) -> None:
    """Two days ago there was nothing today, and the page does not refresh itself."""
    at = f"{collector.now - timedelta(days=2):%Y-%m-%dT%H:%MZ}"
    page = open_page(collector.url, HOME, at=at, tz=collector.zone)
    answer = collector.get("/api/v1/overview", timezone=collector.zone, at=at)
    assert answer["today"]["totals"]["calls"] == 0
    assert figures(page)["Spend today"] == "$0.00"
    assert "As of" in said(page)
    assert "last call" not in said(page)
    assert not page.exception


def test_a_filter_says_what_it_does_not_reach(collector: Collector, open_page: Open) -> None:
    """Spend is of one team; budgets, alerts and quality are of all."""
    page = open_page(collector.url, HOME, tz=collector.zone, team="growth")
    answer = collector.get("/api/v1/overview", timezone=collector.zone, team="growth")
    dollars = int(answer["today"]["totals"]["cost_pico_usd"]) / 10**12
    assert figures(page)["Spend today"] == f"${dollars:.2f}"
    assert "Of all calls, whatever is filtered: budgets, alerts" in said(page)


def test_one_call_is_enough(tmp_path: Path, open_page: Open) -> None:
    """No forecast, no month before: a dash with a word why, never a zero that is not known."""
    with running(tmp_path / "one.duckdb") as collector:
        collector.send((Call(timedelta(minutes=5)),))
        page = open_page(collector.url, HOME, tz=collector.zone)
    assert not page.exception
    assert figures(page) == {
        "Spend today": "$0.3000",
        "Month": "$0.3000",
        "Against last month": MISSING,
        "Forecast": MISSING,
        "Without an owner": "0 %",
    }
    text = said(page)
    assert "too early: a forecast needs three whole days of spend" in text
    assert "does not reach back" in text
    assert "Nothing fires." in text
    assert "Nothing to compare with yet" in text
    assert "No answer was judged." in text


def test_a_call_without_a_price_is_no_zero(tmp_path: Path, open_page: Open) -> None:
    """What has no price costs something: a dash, and one unpriced beside it."""
    with running(tmp_path / "unpriced.duckdb") as collector:
        collector.send((Call(timedelta(minutes=5), model="never-heard-of-it"),))
        page = open_page(collector.url, HOME, tz=collector.zone)
    assert figures(page)["Spend today"] == MISSING
    assert "$0.00 known | $0.00 estimated | 1 unpriced" in said(page)
    assert not page.exception


def test_without_a_budget_it_says_so(
    tmp_path: Path, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing to measure against is no reason to be calm: it says what is missing and where to set it."""
    from . import conftest  # noqa: PLC0415 - its configuration is what changes

    without = "\n".join(
        line
        for line in conftest.CONFIGURATION.splitlines()
        if "budgets" not in line and "support-daily" not in line
    )
    monkeypatch.setattr(conftest, "CONFIGURATION", without)
    with running(tmp_path / "free.duckdb") as collector:
        collector.send(STORY[:3])
        page = open_page(collector.url, HOME, tz=collector.zone)
    assert "No budget is set" in said(page)
    assert not page.exception


def test_a_service_that_went_quiet_is_told(tmp_path: Path, open_page: Open) -> None:
    """Calls of three days ago, every ten minutes, and none since."""
    with running(tmp_path / "quiet.duckdb") as collector:
        ago = timedelta(days=3)
        collector.send(tuple(Call(ago + timedelta(minutes=10 * n)) for n in range(20)))
        page = open_page(collector.url, HOME, tz=collector.zone)
    assert "(not set) went quiet: last call" in said(page)
    assert "1 quiet" in said(page)


def test_what_just_began_stands_before_what_moved(tmp_path: Path, open_page: Open) -> None:
    """A feature's other model of an hour ago is the likely reason; that of three days ago comes last."""
    calls = (
        *(Call(timedelta(days=16, minutes=n)) for n in range(3)),
        Call(timedelta(days=3), "gemini-2.5-pro"),
        Call(timedelta(hours=1), "gemini-2.5-flash-lite"),
    )
    with running(tmp_path / "began.duckdb") as collector:
        collector.send(calls)
        page = open_page(collector.url, HOME, tz=collector.zone)
    text = said(page)
    assert "model gemini-2.5-pro → gemini-2.5-flash-lite since" in text
    values = [part.value for part in page.markdown]
    (new,) = [place for place, value in enumerate(values) if "new_releases" in value]
    moved = next(place for place, value in enumerate(values) if "against the" in value)
    assert new < moved
    assert any("→ gemini-2.5-pro" in part.value.replace("\\", "") for part in page.caption)


def test_an_older_collector_is_explained(
    collector: Collector, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that has no such answer: the page says so, and what to do."""
    from gemledger_dashboard.frame import client  # noqa: PLC0415 - what is replaced

    def without(question: client.Question[object]) -> client.Question[object]:
        path = question.path.replace("overview", "no-such-thing")
        return client.Question(path, question.params, question.parse)

    asked = client.Client.get
    monkeypatch.setattr(client.Client, "get", lambda self, each: asked(self, without(each)))
    page = open_page(collector.url, HOME)
    assert not page.exception
    assert "does not know" in page.error[0].value
    assert not page.metric
