"""What gemledger adds to an application: CPU per call, per stream chunk, at import, when enabled.

Bare SDK and instrumented SDK run in turns in one process, each HTTP request answered from memory with canned JSON, so
that what is measured is the SDK and us and no network. CPU time (cores may be shared), medians of paired differences.
Bars (design §6): 120 µs a call, 10 µs a chunk, 30 ms import, 50 ms to enable.
"""

import asyncio
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from typing import Any

from google import genai
from google.genai._api_client import BaseApiClient, HttpResponse
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider

import gemledger

ROUNDS, CALLS, CHUNKS = 80, 10, 100
HEADERS = {"x-gemini-service-tier": "standard", "content-type": "application/json"}
USAGE = {
    "promptTokenCount": 1200,
    "candidatesTokenCount": 150,
    "thoughtsTokenCount": 80,
    "cachedContentTokenCount": 512,
    "totalTokenCount": 1430,
    "promptTokensDetails": [{"modality": "TEXT", "tokenCount": 1200}],
    "candidatesTokensDetails": [{"modality": "TEXT", "tokenCount": 150}],
}


def body(text: str, *, last: bool = True) -> dict[str, Any]:
    """One response, or one chunk, as Gemini sends it."""
    candidate: dict[str, Any] = {
        "content": {"role": "model", "parts": [{"text": text}]},
        "index": 0,
    }
    if last:
        candidate["finishReason"] = "STOP"
    return {
        "candidates": [candidate],
        "usageMetadata": USAGE,
        "modelVersion": "gemini-2.5-flash",
        "responseId": "r1",
    }


UNARY = json.dumps(body("An answer of a few words."))
STREAM = [body("word ", last=number == CHUNKS - 1) for number in range(CHUNKS)]


class CannedStream(HttpResponse):
    """A streamed response that is already here."""

    def segments(self) -> Generator[Any, None, None]:
        """The chunks, parsed, as the SDK's own method gives them."""
        yield from STREAM


def canned(_client: object, _request: object, stream: bool = False) -> HttpResponse:
    """In place of an HTTP request."""
    return CannedStream(HEADERS, None) if stream else HttpResponse(HEADERS, [UNARY])


async def canned_async(_client: object, _request: object, _stream: bool = False) -> HttpResponse:
    """The same, async."""
    return HttpResponse(HEADERS, [UNARY])


CANNED = {"_request_once": canned, "_async_request_once": canned_async}


class Discard(SpanProcessor):
    """Spans are built in full and go nowhere: export happens in another thread and is measured elsewhere."""


def cpu_us(work: Callable[[], object]) -> float:
    """CPU time of this thread for a piece of work, in microseconds."""
    before = time.thread_time_ns()
    work()
    return (time.thread_time_ns() - before) / 1000


def compare(name: str, work: Callable[[], object], parts: int, unit: str, bar_us: float) -> bool:
    """Print what instrumenting adds per part; whether it is within the bar."""
    provider = TracerProvider()
    provider.add_span_processor(Discard())
    bare: list[float] = []
    ours: list[float] = []
    for round_number in range(ROUNDS + 5):
        order = (False, True) if round_number % 2 else (True, False)
        for instrumented in order:
            if instrumented:
                gemledger.instrument(tracer_provider=provider)
            spent = cpu_us(work) / parts
            gemledger.uninstrument()
            if round_number >= 5:  # the first rounds warm caches
                (ours if instrumented else bare).append(spent)
    added = statistics.median(o - b for o, b in zip(ours, bare, strict=True))
    ratio = statistics.median(o / b for o, b in zip(ours, bare, strict=True))
    held = bool(added <= bar_us)
    print(
        f"{name:28} bare {statistics.median(bare):8.1f} µs/{unit}   added {added:7.1f} µs   ratio {ratio:5.3f}"
        f"   bar {bar_us:5.0f} µs   {'ok' if held else 'MISSED'}"
    )
    return held


def subprocess_ms(code: str) -> float:
    """Median of what a fresh interpreter measures and prints, in milliseconds."""
    runs = [
        float(
            subprocess.run(
                [sys.executable, "-c", code], capture_output=True, text=True, check=True
            ).stdout
        )
        for _ in range(7)
    ]
    return statistics.median(runs)


def report_ms(name: str, code: str, bar_ms: float) -> bool:
    """Print a time of a fresh process; whether it is within the bar."""
    spent = subprocess_ms(code)
    print(
        f"{name:28} {spent:8.1f} ms   bar {bar_ms:5.0f} ms   {'ok' if spent <= bar_ms else 'MISSED'}"
    )
    return spent <= bar_ms


TIMED = "import time; t = time.process_time(); {}; print((time.process_time() - t) * 1000)"


def workloads(
    client: genai.Client, loop: asyncio.AbstractEventLoop
) -> dict[str, Callable[[], object]]:
    """What an app does, sync, async and streamed."""
    models, async_models = client.models, client.aio.models

    def calls() -> None:
        for _ in range(CALLS):
            models.generate_content(model="gemini-2.5-flash", contents="Why is the sky blue?")

    async def run() -> None:
        for _ in range(CALLS):
            await async_models.generate_content(
                model="gemini-2.5-flash", contents="Why is the sky blue?"
            )

    def stream() -> None:
        for _ in models.generate_content_stream(model="gemini-2.5-flash", contents="Why?"):
            pass

    return {"sync": calls, "async": lambda: loop.run_until_complete(run()), "stream": stream}


def main() -> int:
    """Run everything; 1 if a bar was missed."""
    for name, answer in CANNED.items():
        setattr(BaseApiClient, name, answer)
    client, loop = genai.Client(api_key="benchmark"), asyncio.new_event_loop()
    work = workloads(client, loop)
    enabling = "import google.genai, gemledger; " + TIMED.format("gemledger.instrument()")
    held = [
        compare("generate_content", work["sync"], CALLS, "call", 120),
        compare("generate_content, async", work["async"], CALLS, "call", 120),
        compare(f"stream of {CHUNKS} chunks", work["stream"], CHUNKS, "chunk", 10),
        report_ms("import gemledger", TIMED.format("import gemledger"), 30),
        report_ms("enable, google.genai loaded", enabling, 50),
    ]
    loop.close()
    client.close()
    return 0 if all(held) else 1


if __name__ == "__main__":
    sys.exit(main())
