"""Trace rows as real calls: the google-genai SDK, our instrumentation and OTLP, against a simulator of our own."""

import contextlib
import json
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

import gemledger
from gemledger.setup import delivery
from gemledger_cli.terminal import ERRORS
from gemledger_simulator.process import SimulatorProcess
from gemledger_simulator.traces import TraceRow

SERVICE_NAME = "gemledger-replay"
QUEUE_SPANS = 262_144
"""Room for every span of a long trace: a restarting collector may cost time, never spans."""
FLUSH_SECONDS = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """How to replay: where the spans go, the model of rows that name none, the speed (None: as fast as it goes)."""

    endpoint: str
    model: str
    speed: float | None
    threads: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayReport:
    """What happened. ``spans_dropped`` are those that ended and were never acknowledged by the collector."""

    calls: int
    calls_failed: int
    input_tokens: int
    output_tokens: int
    spans_delivered: int
    spans_dropped: int
    seconds: float


def replay(rows: Sequence[TraceRow], how: Replay) -> ReplayReport:
    """Make every row a call, wait until the collector has acknowledged all spans, and report."""
    started = time.monotonic()
    os.environ.setdefault("OTEL_BSP_MAX_QUEUE_SIZE", str(QUEUE_SPANS))
    # No spool: a replay waits for delivery itself, and sends nothing that a real app left behind.
    gemledger.init(service_name=SERVICE_NAME, endpoint=how.endpoint, spool=False)
    with SimulatorProcess() as simulator, _progress(len(rows)) as done:
        failed = _run(rows, how, simulator.url, done)
    gemledger.flush(FLUSH_SECONDS)
    spans = delivery()
    return ReplayReport(
        calls=len(rows),
        calls_failed=failed,
        input_tokens=sum(row.prompt_tokens for row in rows),
        output_tokens=sum(row.output_tokens for row in rows),
        spans_delivered=spans.delivered,
        spans_dropped=spans.dropped,
        seconds=time.monotonic() - started,
    )


def _run(rows: Sequence[TraceRow], how: Replay, url: str, done: Callable[[], None]) -> int:
    from google import genai  # noqa: PLC0415 - one second that a usage error should not wait for
    from google.genai import types  # noqa: PLC0415

    client = genai.Client(api_key="replay", http_options=types.HttpOptions(base_url=url))
    started = time.monotonic()

    def call(row: TraceRow) -> bool:
        try:
            with gemledger.attribution(**_attribution(row)):
                client.models.generate_content(
                    model=row.model or how.model,
                    contents=f"Row {row.line} of the trace.",
                    config={"http_options": {"headers": {"x-simulator-usage": _usage(row)}}},
                )
        except Exception:  # noqa: BLE001 - whatever a call ends with is a figure of the report
            return False
        finally:
            done()
        return True

    with contextlib.closing(client), ThreadPoolExecutor(how.threads) as pool:
        answers = pool.map(call, _paced(rows, how.speed, started))
        return sum(not answered for answered in answers)


def _paced(rows: Sequence[TraceRow], speed: float | None, started: float) -> Iterator[TraceRow]:
    for row in rows:
        if speed is not None:
            time.sleep(max(0.0, started + row.offset_seconds / speed - time.monotonic()))
        yield row


def _usage(row: TraceRow) -> str:
    return json.dumps(
        {
            "promptTokenCount": row.prompt_tokens,
            "candidatesTokenCount": row.output_tokens,
            "cachedContentTokenCount": row.cached_tokens,
            "thoughtsTokenCount": row.thoughts_tokens,
        }
    )


def _attribution(row: TraceRow) -> dict[str, Any]:
    pairs = {"team": row.team, "feature": row.feature, "user_id": row.user_id}
    return {name: value for name, value in pairs.items() if value is not None}


@contextlib.contextmanager
def _progress(total: int) -> Iterator[Callable[[], None]]:
    lock = threading.Lock()
    with Progress(
        TextColumn("Replaying"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=ERRORS,
    ) as bar:
        task = bar.add_task("calls", total=total)

        def done() -> None:
            with lock:
                bar.advance(task)

        yield done
