"""A real collector over a real DuckDB file, in a thread, and the dashboard's pages looking at it."""

import asyncio
import gc
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pyarrow as pa
import pytest
import streamlit as st
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span
from streamlit.testing.v1 import AppTest

import gemledger_dashboard
from gemledger import semconv
from gemledger_collector import config as collector_config
from gemledger_collector.service import Ready, Service
from gemledger_collector.storage.store import Store
from gemledger_dashboard.frame import process

APP = Path(gemledger_dashboard.__file__).with_name("app.py")
NOW = datetime.now(UTC)
ZONE = f"Etc/GMT{NOW.hour - 12:+d}" if NOW.hour != 12 else "Etc/GMT"
"""Where it is about noon, so that an hour ago is today however late these tests run."""

# Picodollars per token, from Google's price page: no price of the code under test.
INPUT, CACHE_READ, OUTPUT = 300_000, 30_000, 2_500_000
CONFIGURATION = """
exporters:
  duckdb: {{path: "{path}"}}
receivers:
  otlp: {{protocols: {{http: {{endpoint: "127.0.0.1:0"}}, grpc: {{enabled: false}}}}}}
extensions:
  alerts:
    evaluation_interval: 1s
    group_wait: 0s
    budgets:
      - {{name: support-daily, limit_usd: 10.00, period: day, timezone: {zone}, filter: {{team: support}}}}
    rules:
      - {{name: hourly-cost, metric: cost, window: 1h, above_usd: 1000}}
"""


@dataclass(frozen=True)
class Call:
    """One Gemini call of the story; tokens as they are on the wire, totals including their parts."""

    before_now: timedelta
    model: str = "gemini-2.5-flash"
    team: str | None = "support"
    feature: str | None = "support-chat"
    input_tokens: int = 1_000_000
    cached: int = 0
    output_tokens: int = 0

    @property
    def cost_pico_usd(self) -> int:
        """What Google's price page says; an unknown model has no price and adds nothing."""
        if self.model != "gemini-2.5-flash":
            return 0
        fresh = self.input_tokens - self.cached
        return fresh * INPUT + self.cached * CACHE_READ + self.output_tokens * OUTPUT


STORY = (
    *(Call(timedelta(minutes=5 + n), input_tokens=2_000_000, cached=500_001) for n in range(20)),
    Call(timedelta(minutes=30), team="growth", feature="=campaign", output_tokens=333_333),
    Call(timedelta(minutes=40), model="never-heard-of-it", team=None, feature=None),
    *(
        Call(timedelta(hours=6 * n), "gemini-2.5-flash", "growth", output_tokens=n)
        for n in (1, 2, 3)
    ),
    *(Call(timedelta(days=3), feature="<b>search</b>", input_tokens=123_457) for _ in range(3)),
    Call(timedelta(days=29), "gemini-2.5-flash", "growth"),
    Call(timedelta(days=40), model="gemini-2.5-flash", input_tokens=77_777),
)


@dataclass(frozen=True)
class Collector:
    """A collector that runs in this process, asked and fed over HTTP only."""

    url: str
    story: tuple[Call, ...] = STORY
    zone: str = ZONE
    now: datetime = NOW

    def send(self, calls: tuple[Call, ...]) -> None:
        """Export these calls as one OTLP request; they are committed when this returns."""
        body = export_request(calls).SerializeToString()
        answer = httpx.post(
            f"{self.url}/v1/traces",
            content=body,
            headers={"content-type": "application/x-protobuf"},
            trust_env=False,
            timeout=30,
        )
        assert answer.status_code == 200, answer.text

    def get(self, path: str, **query: str) -> Any:
        """The JSON of a path of the API; a value of the query may hold any character."""
        url = httpx.URL(f"{self.url}{path}").copy_merge_params(query)
        return httpx.get(url, trust_env=False, timeout=30).raise_for_status().json()


def export_request(calls: tuple[Call, ...]) -> ExportTraceServiceRequest:
    """The calls as an app's exporter would send them."""
    spans = [span(number, call) for number, call in enumerate(calls, start=1)]
    scope = ScopeSpans(spans=spans)
    return ExportTraceServiceRequest(resource_spans=[ResourceSpans(scope_spans=[scope])])


def span(number: int, call: Call) -> Span:
    """One call as a span; ids are its number."""
    begin = int((NOW - call.before_now).timestamp()) * 10**9
    attributes: dict[str, str | int | None] = {
        semconv.OPERATION_NAME: "generate_content",
        semconv.PROVIDER_NAME: semconv.PROVIDER_GEMINI,
        semconv.REQUEST_MODEL: call.model,
        semconv.RESPONSE_MODEL: call.model,
        semconv.RESPONSE_ID: f"response-{number}",
        semconv.SERVER_ADDRESS: "generativelanguage.googleapis.com",
        semconv.SERVICE_TIER: "standard",
        semconv.INPUT_TOKENS: call.input_tokens,
        semconv.CACHE_READ_INPUT_TOKENS: call.cached,
        semconv.OUTPUT_TOKENS: call.output_tokens,
        semconv.ATTRIBUTION_TEAM: call.team,
        semconv.ATTRIBUTION_FEATURE: call.feature,
    }
    return Span(
        trace_id=number.to_bytes(16),
        span_id=number.to_bytes(8),
        name=f"generate_content {call.model}",
        kind=Span.SPAN_KIND_CLIENT,
        start_time_unix_nano=begin,
        end_time_unix_nano=begin + 10**9,
        attributes=[
            KeyValue(key=key, value=attribute(value))
            for key, value in attributes.items()
            if value is not None
        ],
    )


def attribute(value: str | int) -> AnyValue:
    """A value as OTLP has it."""
    return AnyValue(string_value=value) if isinstance(value, str) else AnyValue(int_value=value)


@contextmanager
def running(path: Path, more: str = "") -> Iterator[Collector]:
    """A collector over this file, in a thread of its own until the block ends."""
    file = path.with_suffix(".yaml")
    file.write_text(CONFIGURATION.format(path=path, zone=ZONE) + more)
    service = Service(collector_config.load(file, {}))
    started, loops = threading.Event(), list[tuple[asyncio.AbstractEventLoop, asyncio.Event]]()
    ready: list[Ready] = []

    def announce(at: Ready) -> None:
        ready.append(at)
        started.set()

    async def serve() -> None:
        stop = asyncio.Event()
        loops.append((asyncio.get_running_loop(), stop))
        await service.run(stop, on_ready=announce)

    thread = threading.Thread(target=asyncio.run, args=(serve(),))
    thread.start()
    try:
        assert started.wait(30), "the collector did not start"
        yield Collector(ready[0].url)
    finally:
        for loop, stop in loops:
            loop.call_soon_threadsafe(stop.set)
        thread.join(30)


def judge(path: Path) -> None:
    """Write verdicts as the judge does: a good version, a worse one, one open and one failed."""
    verdicts: list[tuple[str, str | None, float | None]] = []
    verdicts += [("v7", "good", 1.0)] * 18 + [("v7", "bad", 0.1)] * 2
    verdicts += [("v8", "good", 0.9)] * 12 + [("v8", "bad", 0.2)] * 8
    verdicts += [("v8", "cannot_tell", None), ("v8", None, None)]
    rows = [
        {
            "rule": "support-quality",
            "dimension": "accuracy",
            "rubric_version": "1",
            "trace_id": f"{number:032x}",
            "span_id": number,
            "call_start_unix_nano": int((NOW - timedelta(hours=number)).timestamp()) * 10**9,
            "team": "support",
            "feature": "support-chat",
            "prompt_version": version,
            "model": "gemini-2.5-flash",
            "label": label,
            "score": score,
            "reason": f"reason {number}: refunds take <b>14</b> days",
            "attempt": 1,
            "judge_model": "gemini-2.5-flash-lite",
            "sample_rate": 1.0,
            "judged_at_unix_nano": int(NOW.timestamp()) * 10**9,
        }
        for number, (version, label, score) in enumerate(verdicts, start=1)
    ]
    store = Store.open(path)
    try:
        with store.writing() as transaction:
            transaction.append("evaluations", pa.Table.from_pylist(rows))
    finally:
        store.close()


class Kept:
    """Collectors that run on from test to test, and end with this folder's last: each costs a tenth of a core."""

    def __init__(self) -> None:
        self._running: dict[str, Collector] = {}
        self._ends = ExitStack()

    def get(self, name: str, begin: Callable[[], AbstractContextManager[Collector]]) -> Collector:
        """The one of this name; begun where it does not run."""
        if name not in self._running:
            self._running[name] = self._ends.enter_context(begin())
        return self._running[name]

    def end(self) -> None:
        """Stop all."""
        self._running.clear()
        self._ends.close()


KEPT = Kept()


def pytest_runtest_teardown(nextitem: pytest.Item | None) -> None:
    """Whatever comes after this folder has the machine for itself."""
    if nextitem is None or Path(__file__).parent not in nextitem.path.parents:
        KEPT.end()
        gc.collect()
        gc.freeze()  # what pages and charts have loaded, nobody has to look through again


@pytest.fixture
def collector(tmp_path_factory: pytest.TempPathFactory) -> Collector:
    """A collector that has received the story, and in which the daily budget of support is broken."""

    @contextmanager
    def begin() -> Iterator[Collector]:
        path = tmp_path_factory.mktemp("ledger") / "story.duckdb"
        judge(path)
        with running(path) as started:
            started.send(STORY)
            wait_until(lambda: messages_delivered(started) == 1)
            yield started

    return KEPT.get("story", begin)


@pytest.fixture
def empty_collector(tmp_path_factory: pytest.TempPathFactory) -> Collector:
    """A collector that nobody has sent anything to."""
    return KEPT.get("empty", lambda: running(tmp_path_factory.mktemp("ledger") / "empty.duckdb"))


def messages_delivered(collector: Collector) -> int:
    """How many messages about alerts have arrived where they were sent."""
    messages = collector.get("/api/v1/alerts")["notifications"]
    return sum(message["delivered"] for message in messages)


def wait_until(fulfilled: Callable[[], bool]) -> None:
    """Ask until it is so; fail after half a minute."""
    deadline = time.monotonic() + 30
    while not fulfilled():
        assert time.monotonic() < deadline, "it did not happen within 30 s"
        time.sleep(0.05)


@pytest.fixture(autouse=True)
def _main_stays_the_main_module(monkeypatch: pytest.MonkeyPatch) -> None:
    """Streamlit leaves its app in the place of `__main__`, which a process that is forked later would run."""
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])


Open = Callable[..., AppTest]
HOME = "views/overview.py"


@pytest.fixture
def open_page(monkeypatch: pytest.MonkeyPatch) -> Iterator[Open]:
    """Open a page of the dashboard: `open_page(url, "views/alerts.py", range="7d")`."""

    def opened(url: str, page: str = "views/spend.py", **params: str | list[str]) -> AppTest:
        monkeypatch.setenv(process.COLLECTOR_URL_VARIABLE, url)
        app = AppTest.from_file(str(APP), default_timeout=60)
        for name, value in params.items():
            app.query_params[name] = value
        if page != HOME:
            app.switch_page(page)
        return app.run()

    yield opened
    st.cache_data.clear()
    st.cache_resource.clear()
