"""The page of single calls and traces, over a real collector: found, drawn, priced, and read by those who may."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest
from support.collector import RunningCollector, config_for
from support.tokens import Issued

from gemledger_dashboard.frame import process
from gemledger_dashboard.frame.client import TOKEN_VARIABLE

from . import traces_story as story
from .conftest import APP
from .test_pages import figures, texts

Opened = Callable[..., AppTest]
TRACE = story.trace_id(story.AGENT)


@pytest.fixture(scope="module")
def collector(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCollector]:
    """A collector that has received the story."""
    path = tmp_path_factory.mktemp("traces") / "ledger.duckdb"
    with RunningCollector(config_for(path)) as running:
        story.tell_all(running)
        yield running


@pytest.fixture
def opened(collector: RunningCollector, monkeypatch: pytest.MonkeyPatch) -> Iterator[Opened]:
    """Open the page with a link: `opened(trace=…)`."""

    def open_page(url: str | None = None, **link: str) -> AppTest:
        monkeypatch.setenv(process.COLLECTOR_URL_VARIABLE, url or collector.url)
        app = AppTest.from_file(str(APP), default_timeout=120)
        app.run()
        app.switch_page("views/traces.py")
        for name, value in link.items():
            app.query_params[name] = value
        return app.run()

    yield open_page
    st.cache_data.clear()
    st.cache_resource.clear()


def table(page: AppTest, *columns: str) -> Any:
    """The table with these columns."""
    return next(each.value for each in page.dataframe if set(columns) <= set(each.value.columns))


def said(page: AppTest) -> str:
    """Everything the page says in words."""
    return texts([*page.warning, *page.info, *page.caption, *page.markdown, *page.header])


def call_of(collector: RunningCollector, number: int) -> Any:
    """A call of the agent, as the API tells it."""
    return collector.get(f"/api/v1/calls/{TRACE}/{story.span_id(number)}")


def test_the_list_shows_every_call_the_newest_first(opened: Opened) -> None:
    """With its outcome, and a word instead of an amount where there is none."""
    page = opened()
    assert not page.exception
    calls = table(page, "Began", "Outcome")
    assert list(calls["Cost"]) == [
        "$0.8128",
        "at least $0.0006",
        "no price",
        "$0.00",
        "$0.0005",
        "at least $0.0006",
    ]
    assert calls["Outcome"][0] == "answered, 2 tries"
    assert calls["Outcome"][3].startswith("rate limited per minute (ResourceExhausted), 3 tries")
    assert len(calls["Feature"][0]) < 100


@pytest.mark.parametrize(
    ("link", "costs"),
    [
        ({"order": "dearest"}, ["$0.8128", "at least $0.0006"]),
        ({"status": "unpriced"}, ["no price"]),
        ({"outcome": "failed"}, ["$0.00"]),
        ({"outcome": "rate_limited_per_minute"}, ["$0.00"]),
        ({"min_usd": "0.8"}, ["$0.8128"]),
        ({"user": ""}, ["at least $0.0006"]),
        ({"min_ms": "2000", "order": "slowest", "user": "ada"}, ["$0.8128", "$0.0005"]),
        ({"find": f"response-{story.STREAMED}"}, ["$0.0005"]),
        ({"find": "conversation-7", "status": "exact"}, ["$0.8128", "$0.00", "$0.0005"]),
        ({"find": story.trace_id(story.FOREIGN)}, ["at least $0.0006"]),
    ],
)
def test_a_link_says_which_calls_and_is_kept(
    opened: Opened, link: dict[str, str], costs: list[str]
) -> None:
    """Each choice in the link narrows the list, and stands in the link again."""
    page = opened(**link)
    assert not page.exception
    assert list(table(page, "Began")["Cost"])[: len(costs)] == costs
    assert link.items() <= page.query_params.items()


def test_what_a_link_gets_wrong_is_told_and_left_out(opened: Opened) -> None:
    """A number that is none, a choice that is none, an id that nobody has."""
    page = opened(min_usd="much", order="cheapest")
    assert not page.exception
    assert "“much” is no number" in said(page)
    assert "“cheapest” is no choice" in said(page)
    assert len(table(page, "Began")) == 6
    assert "No call of this time range" in said(opened(find="nobody"))


def test_a_trace_is_opened_cold_and_its_figures_are_the_apis(
    collector: RunningCollector, opened: Opened
) -> None:
    """Waterfall, spans, and the call of the link in detail."""
    page = opened(trace=TRACE, span=story.span_id(story.SEVERAL))
    assert not page.exception
    told = collector.get(f"/api/v1/traces/{TRACE}")
    assert figures(page)["Calls"] == str(told["calls"])
    spans = table(page, "Span", "Began after")
    assert [name.strip() for name in spans["Span"]] == [each["name"] for each in told["spans"]]
    assert spans["Outcome"][2].startswith("rate limited per minute")
    assert spans["Cost"][3] == "no price"
    lines = table(page, "Line", "Amount")
    assert list(lines["Amount"]) == ["$0.8125", "$0.00025", "$0.81275"]
    products = table(page, "What", "Count", "Rate")
    assert products.drop(columns="Price row").to_numpy().tolist() == [
        [1, "Input", 150_000, "$1.25 per million", "$0.1875"],
        [1, "Output", 10, "$10.00 per million", "$0.0001"],
        [2, "Input", 250_000, "$2.50 per million", "$0.625"],
        [2, "Output", 10, "$15.00 per million", "$0.00015"],
    ]
    rates = table(page, "Price row", "Source")
    assert len(rates) == 2
    assert set(rates["Read on"]) == {
        row["read_on"] for row in call_of(collector, story.SEVERAL)["pricing"]["rows"]
    }
    assert all(rates["Source"].str.startswith("https://"))
    assert list(table(page, "Request", "Done after")["Input"]) == ["150000", "250000"]
    assert "without a price" in said(page)


@pytest.mark.parametrize(
    ("number", "sentence"),
    [
        (story.FAILED, "This call failed: rate limited per minute (ResourceExhausted)."),
        (story.UNPRICED, "no price: the price book does not know this model. It cost something"),
        (story.ABANDONED, "The app stopped reading before the stream had ended."),
        (story.ABANDONED, "the stream ended early: billed so far, perhaps more"),
        (story.STREAMED, "first chunk after 400 ms"),
        (story.SEVERAL, "2 requests"),
        (story.FAILED, "tried again after 429, 503"),
        (story.TOOL, "No model call: it costs nothing by itself."),
    ],
)
def test_each_fate_of_a_call_is_told_in_words(opened: Opened, number: int, sentence: str) -> None:
    """Failed, without a price, broken off, streamed, of several requests, and no call at all."""
    page = opened(trace=TRACE, span=story.span_id(number))
    assert not page.exception
    assert sentence in said(page)


def test_a_call_of_another_instrumentation_says_who_told_it(opened: Opened) -> None:
    """And what such a sender leaves open."""
    page = opened(trace=story.trace_id(story.FOREIGN))
    assert not page.exception
    assert "another instrumentation (openinference.instrumentation.google_genai)" in said(page)
    assert "whose tokens and searches are not told" in said(page)
    assert "Nobody is named" in said(page)


def test_a_trace_of_many_spans_says_how_many_are_not_shown(opened: Opened) -> None:
    """Five hundred are drawn."""
    page = opened(trace=story.trace_id(story.MANY))
    assert not page.exception
    assert "the first 500 are shown, 120 spans more are not" in said(page)
    assert len(table(page, "Span")) == 500
    assert figures(page)["Cost of the trace"] == "\N{EN DASH}"


@pytest.mark.parametrize(
    ("link", "sentence"),
    [
        ({"trace": "ab" * 16}, "older than what retention keeps"),
        ({"trace": "<b>no id</b>"}, "is no id of a trace"),
        ({"trace": TRACE, "span": "ab" * 8}, "This trace has no span"),
        ({"trace": TRACE.upper(), "near": "2020-01-01T00:00:00Z"}, "older than what retention"),
    ],
)
def test_a_link_to_what_is_not_there_says_so(
    opened: Opened, link: dict[str, str], sentence: str
) -> None:
    """Nothing breaks, and the list is one click away."""
    page = opened(**link)
    assert not page.exception
    assert not page.error
    assert sentence in said(page)
    page.button[0].click().run()
    assert len(table(page, "Began")) == 6
    assert "trace" not in page.query_params


def test_prompt_and_answer_are_shown_after_a_click_and_noted(
    collector: RunningCollector, opened: Opened
) -> None:
    """Not before; as text that formats nothing."""
    before = len(contents_read(collector))
    page = opened(trace=TRACE, span=story.span_id(story.STREAMED))
    assert "Six weeks" not in html(page)
    assert len(contents_read(collector)) == before
    show(page)
    assert "&lt;b&gt;it&lt;/b&gt;" in html(page)
    assert "<b>" not in html(page)
    assert "Six weeks, $5 and $6." in html(page)
    assert len(contents_read(collector)) == before + 1
    other = opened(trace=TRACE, span=story.span_id(story.SEVERAL))
    show(other)
    assert "No prompt and answer of this call are stored" in said(other)


def test_who_may_not_read_content_gets_a_sentence(
    tmp_path: Path, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The figures are all there."""
    reader, app = Issued("reader", ["read"]), Issued("app", ["ingest"])
    extensions = {"api": {"tokens": [reader.entry, app.entry]}}
    monkeypatch.setenv(TOKEN_VARIABLE, reader.secret)
    with RunningCollector(config_for(tmp_path / "a.duckdb", extensions=extensions)) as guarded:
        guarded.http.headers.update(app.header)
        story.send(guarded, *story.agent())
        page = opened(guarded.url, trace=TRACE, span=story.span_id(story.STREAMED))
        show(page)
    assert not page.exception
    assert not page.error
    assert "You may not read prompts and answers here" in said(page)
    assert figures(page)["Cost"] == "$0.0005"


def test_pages_go_on_where_the_last_one_ended(
    tmp_path: Path, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Calls that arrive meanwhile neither shift nor repeat one; back at the first page they are there."""
    with RunningCollector(config_for(tmp_path / "b.duckdb")) as running:
        story.send(running, *(story.asked(n, n, 1, trace=n) for n in range(1, 121)))
        page = opened(running.url)
        assert len(table(page, "Began")) == 50
        story.send(running, *(story.asked(n, n, 1, trace=n) for n in range(200, 205)))
        button(page, "Show more").click().run()
        button(page, "Show more").click().run()
        shown = table(page, "Began")["Began"]
        assert (len(shown), shown.nunique()) == (120, 120)
        assert "newer ones are not" in said(page)
        st.cache_data.clear()
        button(page, "Back to the first page").click().run()
        assert table(page, "Began")["Began"].nunique() == 50
        assert not page.exception


def contents_read(collector: RunningCollector) -> list[Any]:
    """What the audit says of content that was read."""
    link = urlencode({"action": "content"})
    lines: list[Any] = collector.get(f"/api/v1/audit?{link}")["lines"]
    return lines


def html(page: AppTest) -> str:
    """Texts that were drawn as HTML."""
    found: Any = page.get("html")
    return "".join(str(each.value) for each in found)


def show(page: AppTest) -> None:
    """Ask for prompt and answer."""
    button(page, "Show prompt and answer").click().run()


def button(page: AppTest, label: str) -> Any:
    """The button of that name."""
    return next(each for each in page.button if each.label == label)
