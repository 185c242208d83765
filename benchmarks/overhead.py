"""What an instrumentation adds to an app: CPU per call and per chunk, memory per span, time to import and enable.

Every contender runs in turns with the bare SDK in one process, in shuffled order, each HTTP request answered from
memory (``canned.py``). CPU time of the calling thread, because cores may be shared; medians of paired differences.
After each switch some calls go unmeasured: patching a class makes the interpreter specialise its code anew.
Bars (design §6): 120 µs a call and 1.15 times the bare SDK, 10 µs a chunk, 4 kB a span, 30 ms import, 50 ms to enable.
"""

import asyncio
import gc
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from canned import CHUNKS, MODEL, canned, transport
from contenders import BARE, FLOOR, GEMLEDGER, WITH_CONTENT, Contender
from google import genai
from google.genai import types
from google.genai.models import Models
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, ALWAYS_ON, Sampler

ROUNDS = 60
SPANS_HELD = 2_000


class Workload(NamedTuple):
    """Something an app does ``parts`` times per run; a bar of None is reported and not judged."""

    name: str
    run: Callable[[], object]
    parts: int
    unit: str = "call"
    bar_us: float | None = None
    bar_ratio: float | None = None
    sampler: Sampler = ALWAYS_ON
    contenders: Sequence[Contender] = (FLOOR, GEMLEDGER)


class Discard(SpanProcessor):
    """Spans are built in full and go nowhere: export happens in another thread and is measured elsewhere."""


class Hold(SpanProcessor):
    """Keeps every finished span, as an exporter's queue does."""

    def __init__(self) -> None:
        self.spans: list[ReadableSpan] = []

    def on_end(self, span: ReadableSpan) -> None:
        """Keep it."""
        self.spans.append(span)


def get_weather(city: str) -> str:
    """The weather in a city."""
    return f"sunny in {city}"


def workloads(loop: asyncio.AbstractEventLoop) -> list[Workload]:
    """What an app does."""
    client = genai.Client(api_key="benchmark")
    over_http = genai.Client(
        api_key="benchmark", http_options=types.HttpOptions(httpx_client=transport())
    )
    models, async_models = client.models, client.aio.models
    question: dict[str, Any] = {"model": MODEL, "contents": "Why is the sky blue?"}
    config = types.GenerateContentConfig(
        temperature=0.2, max_output_tokens=512, labels={"team": "growth", "step": "rank"}
    )
    tools = types.GenerateContentConfig(tools=[get_weather])

    def calls(of: Models = models, count: int = 20, **more: Any) -> Callable[[], None]:  # noqa: ANN401 - the SDK's arguments
        def run() -> None:
            for _ in range(count):
                of.generate_content(**question, **more)

        return run

    async def asynchronous() -> None:
        for _ in range(20):
            await async_models.generate_content(**question)

    def stream() -> None:
        for _ in models.generate_content_stream(**question):
            pass

    return [
        Workload("unary", calls(), 20, "call", 120, 1.15),
        Workload(
            "unary, async", lambda: loop.run_until_complete(asynchronous()), 20, "call", 120, 1.15
        ),
        Workload("unary, with config and labels", calls(config=config), 20, "call", 120, 1.15),
        Workload("unary, content on", calls(), 20, contenders=[WITH_CONTENT]),
        Workload("unary, not sampled", calls(), 20, sampler=ALWAYS_OFF),
        Workload("unary, HTTP client included", calls(over_http.models), 20, "call", 120, 1.15),
        Workload("3 exchanges of function calling", calls(count=7, config=tools), 7),
        Workload(f"stream of {CHUNKS} chunks", stream, CHUNKS, "chunk", 10, contenders=[GEMLEDGER]),
    ]


def cpu_us(work: Callable[[], object]) -> float:
    """CPU time of this thread for a piece of work, in microseconds."""
    before = time.thread_time_ns()
    work()
    return (time.thread_time_ns() - before) / 1000


class Figure(NamedTuple):
    """What a contender adds to the bare SDK, per part of a workload: medians of paired differences and ratios."""

    added_us: float
    ratio: float
    bare_us: float


def measure(workload: Workload, rounds: int = ROUNDS) -> dict[str, Figure]:
    """What each contender of the workload adds, by its name."""
    provider = TracerProvider(sampler=workload.sampler, shutdown_on_exit=False)
    provider.add_span_processor(Discard())
    contenders = [BARE, *workload.contenders]
    spent: dict[str, list[float]] = {contender.name: [] for contender in contenders}
    for _ in range(rounds):
        for contender in random.sample(contenders, len(contenders)):
            contender.enable(provider)
            workload.run()  # the switch is over; no gc.collect() here: it would leave cold caches behind
            spent[contender.name].append(cpu_us(workload.run) / workload.parts)
            contender.disable()
    bare = spent.pop(BARE.name)
    return {
        name: Figure(
            statistics.median(us - without for us, without in zip(theirs, bare, strict=True)),
            statistics.median(us / without for us, without in zip(theirs, bare, strict=True)),
            statistics.median(bare),
        )
        for name, theirs in spent.items()
    }


def compare(workload: Workload) -> bool:
    """Print what each contender adds per part; whether ours is within its bars."""
    figures = measure(workload)
    bare_us = next(iter(figures.values())).bare_us
    print(f"{workload.name}: bare {bare_us:.1f} µs/{workload.unit}")
    held = True
    for name, figure in figures.items():
        judged = name == GEMLEDGER.name
        within = not judged or _within(workload, figure)
        held &= within
        verdict = "" if not judged else ("   ok" if within else "   MISSED")
        print(f"    {name:32} +{figure.added_us:6.1f} µs   ratio {figure.ratio:5.3f}{verdict}")
    return held


def _within(workload: Workload, figure: Figure) -> bool:
    """Whether the bars hold, where there are any."""
    return (workload.bar_us is None or figure.added_us <= workload.bar_us) and (
        workload.bar_ratio is None or figure.ratio <= workload.bar_ratio
    )


def kilobytes_per_span(contender: Contender) -> float:
    """What a finished span keeps alive while it waits for its export."""
    provider, kept = TracerProvider(shutdown_on_exit=False), Hold()
    provider.add_span_processor(kept)
    models = genai.Client(api_key="benchmark").models
    contender.enable(provider)
    try:
        for _ in range(100):
            models.generate_content(model=MODEL, contents="Why is the sky blue?")
        gc.collect()
        tracemalloc.start()
        before, already = tracemalloc.get_traced_memory()[0], len(kept.spans)
        for _ in range(SPANS_HELD):
            models.generate_content(model=MODEL, contents="Why is the sky blue?")
        gc.collect()
        grown = tracemalloc.get_traced_memory()[0] - before
        tracemalloc.stop()
    finally:
        contender.disable()
    return grown / max(len(kept.spans) - already, 1) / 1000


def report_memory() -> bool:
    """Print what a span retains; whether ours is within the bar."""
    floor, ours = kilobytes_per_span(FLOOR), kilobytes_per_span(GEMLEDGER)
    print(f"retained per finished span: floor {floor:.2f} kB, gemledger {ours:.2f} kB", end="")
    print("   ok" if ours <= 4 else "   MISSED")
    return ours <= 4


TIMED = "import time; t = time.process_time(); {}; print((time.process_time() - t) * 1000)"


def report_ms(name: str, code: str, bar_ms: float) -> bool:
    """Print the median of what fresh interpreters measure; whether it is within the bar.

    Modules are compiled by the first run, as pip compiles what it installs.
    """
    with tempfile.TemporaryDirectory() as compiled:
        environ = os.environ | {"PYTHONPYCACHEPREFIX": compiled, "PYTHONDONTWRITEBYTECODE": ""}
        runs = [
            subprocess.run(
                [sys.executable, "-c", code],
                capture_output=True,
                text=True,
                check=True,
                env=environ,
            )
            for _ in range(10)
        ]
    spent = statistics.median(float(run.stdout) for run in runs[1:])
    print(f"{name}: {spent:.1f} ms CPU   {'ok' if spent <= bar_ms else 'MISSED'}")
    return spent <= bar_ms


def main() -> int:
    """Run everything; 1 if a bar was missed."""
    over_http_too = workloads(loop := asyncio.new_event_loop())
    held = [compare(workload) for workload in over_http_too if "HTTP" in workload.name]
    canned()
    held += [compare(workload) for workload in over_http_too if "HTTP" not in workload.name]
    enabling = "import google.genai, gemledger; " + TIMED.format("gemledger.instrument()")
    held += [
        report_memory(),
        report_ms("import gemledger", TIMED.format("import gemledger"), 30),
        report_ms("enable, google.genai loaded", enabling, 50),
    ]
    loop.close()
    return 0 if all(held) else 1


if __name__ == "__main__":
    sys.exit(main())
