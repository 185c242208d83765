"""Labels are foreign text: HTML, emoji, ten thousand characters or a formula in them do no page any harm."""

from collections.abc import Iterator
from datetime import timedelta

import httpx
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import KeyValue
from streamlit.testing.v1 import AppTest

from gemledger import semconv

from .conftest import Call, Collector, Open, attribute, export_request, running
from .test_pages import PAGES, TITLES, texts

SCRIPT = "<img src=x onerror=alert(1)>"
LABELS = (
    SCRIPT,
    "=cmd()",
    "\N{ROCKET}" * 40,
    "x" * 10_000,
    "**bold** [a](http://b) $x$ :red[y]",
    "",
)
LONGEST = 500
"""Characters that a label may take where it is part of a sentence."""


def odd_calls() -> ExportTraceServiceRequest:
    """A call for every label, which is in all that calls can be told apart by."""
    calls = tuple(
        Call(timedelta(minutes=5 + number), label or "gemini-2.5-flash", label, label)
        for number, label in enumerate(LABELS)
    )
    request = export_request(calls)
    for span, label in zip(request.resource_spans[0].scope_spans[0].spans, LABELS, strict=True):
        for key in (
            semconv.ATTRIBUTION_PROMPT_VERSION,
            semconv.ATTRIBUTION_USER_ID,
            semconv.ATTRIBUTION_ENVIRONMENT,
        ):
            span.attributes.append(KeyValue(key=key, value=attribute(label)))
    return request


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Collector]:
    """A collector of a company with odd names."""
    with running(tmp_path_factory.mktemp("odd") / "odd.duckdb") as started:
        answer = httpx.post(
            f"{started.url}/v1/traces",
            content=odd_calls().SerializeToString(),
            headers={"content-type": "application/x-protobuf"},
            trust_env=False,
            timeout=30,
        )
        assert answer.status_code == 200, answer.text
        yield started


@pytest.mark.parametrize("page", PAGES)
def test_no_label_is_run_or_floods_a_page(odd: Collector, open_page: Open, page: str) -> None:
    """No page ends in a traceback, hands HTML of a label to the browser, or has all of a long one in a sentence."""
    shown = open_page(odd.url, page, range="7d")
    assert not shown.exception
    assert shown.title[0].value == TITLES[page]
    harmless(shown)


@pytest.mark.parametrize("label", LABELS)
def test_a_link_may_name_any_label(odd: Collector, open_page: Open, label: str) -> None:
    """What is chosen is said in words, cut, with nothing of it run; the one call is shown."""
    shown = open_page(odd.url, range="7d", team=label, prompt_version=label)
    assert not shown.exception
    harmless(shown)
    calls = next(metric for metric in shown.metric if metric.label == "Calls")
    assert calls.value == "1"


def harmless(shown: AppTest) -> None:
    """Nothing that the browser gets as HTML or Markdown holds a tag of a label, or a label of any length."""
    for said in (*shown.markdown, *shown.caption, *shown.warning, *shown.info, *shown.error):
        assert SCRIPT not in said.value
    for drawn in shown.get("html"):
        assert SCRIPT not in drawn.proto.body
    assert "x" * LONGEST not in texts([*shown.markdown, *shown.caption, *shown.warning])
