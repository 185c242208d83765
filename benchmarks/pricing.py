"""What pricing costs: reading usage and pricing one call in the app, and a batch in the collector.

Bar (design §6): 5 µs to price a call. The two together are what an app pays for its bill.
"""

import sys
import timeit
from collections.abc import Callable

import numpy as np
import pyarrow as pa
from google.genai import types

from gemledger.pricing import Facts, Usage, load_book, price_exchange
from gemledger.usage import read_usage
from gemledger_collector.processors.columns import ARROW_TYPE, SPAN_COLUMNS
from gemledger_collector.processors.price import price_rows

AT = 1_795_176_000_000_000_000
NEAR_A_CHANGE = 1_796_083_200_000_000_000
BATCH = 8_192
BAR_US = 5.0

TEXT = Usage(100_000, 1_200, 80_000, 0, 200)
AUDIO = Usage(10_000, 500, 6_000, 0, 0, {"audio": 8_000}, {"audio": 6_000})
SEARCHED = {"grounding_query": 2, "grounded_prompt": 1}
CALLS: dict[str, tuple[str, Usage, dict[str, object]]] = {
    "text": ("gemini-3.8-flash", TEXT, {}),
    "text, long-context model": ("gemini-3.1-pro-preview", TEXT, {}),
    "audio, partly cached": ("gemini-3.1-flash-lite", AUDIO, {}),
    "text, two searches": ("gemini-3.8-flash", TEXT, {"quantities": SEARCHED}),
    "a page read by a tool": (
        "gemini-2.5-flash",
        Usage(12_530, 103, 0, 12_504),
        {},
    ),
    "an image": (
        "gemini-3.1-flash-image",
        Usage(50, 1_240, 0, 0, 100, {}, {}, {"image": 1_120}, 1_140),
        {},
    ),
}
DOUBTED = {
    "flex that nothing confirms": ("gemini-3.8-flash", AT, ("tier_assumed",)),
    "three hours from a new price": ("gemini-4-argon", NEAR_A_CHANGE, ()),
}
"""With an upper bound: every rate that may hold is tried. Rare, and without a bar."""


def best_us(work: Callable[[], object], number: int) -> float:
    """Best of seven timings, in microseconds a run."""
    return min(timeit.Timer(work).repeat(repeat=7, number=number)) / number * 1e6


def facts(model: str, usage: Usage, **more: object) -> Facts:
    """A call at Google's own price, on a day far from any change."""
    known = {"server_address": "127.0.0.1", **more}
    return Facts("gemini_api", model, model, "standard", AT, usage, **known)  # type: ignore[arg-type]  # by name


def details(**tokens: int) -> list[types.ModalityTokenCount]:
    """Counts by modality, as the SDK has them."""
    return [
        types.ModalityTokenCount(modality=types.MediaModality(name.upper()), token_count=count)
        for name, count in tokens.items()
    ]


def usages() -> dict[str, types.GenerateContentResponseUsageMetadata]:
    """What the SDK hands over."""
    counts = {"prompt_token_count": 100, "candidates_token_count": 20, "total_token_count": 120}
    told: dict[str, dict[str, object]] = {
        "counts alone": {},
        "text details": {"prompt_tokens_details": details(text=100)},
        "text and audio details": {
            "prompt_tokens_details": details(text=10, audio=90),
            "candidates_tokens_details": details(text=20),
        },
    }
    read = types.GenerateContentResponseUsageMetadata.model_validate
    return {name: read({**counts, **more}) for name, more in told.items()}


def rows(start: int, reasons: str | None) -> pa.RecordBatch:
    """A batch of calls of text, as the collector's chain hands it to pricing."""
    numbers = np.random.default_rng(7).integers(0, 100_000, (3, BATCH))
    columns = {column.name: pa.nulls(BATCH, ARROW_TYPE[column.kind]) for column in SPAN_COLUMNS}
    models = ["gemini-3.8-flash", "gemini-2.5-flash", "gemini-3.1-pro-preview", "gemini-4-argon"]
    columns |= {
        "platform": pa.array(["gemini_api"] * BATCH),
        "response_model": pa.array(models * (BATCH // len(models))),
        "server_address": pa.array(["127.0.0.1"] * BATCH),
        "app_cost_reasons": pa.array([reasons] * BATCH, pa.string()),
        "input_tokens": pa.array(numbers[0] + numbers[1]),
        "output_tokens": pa.array(numbers[2]),
        "cache_read_tokens": pa.array(numbers[1]),
        "start_time_unix_nano": pa.array(np.full(BATCH, start)),
        "impossible_usage": pa.array([False] * BATCH),
    }
    return pa.RecordBatch.from_pydict(columns)


def main() -> int:
    """Run everything; 1 if the bar was missed."""
    book, missed = load_book(), 0
    for name, metadata in usages().items():
        spent = best_us(lambda metadata=metadata: read_usage(metadata), 20_000)  # type: ignore[misc]  # bound at once
        print(f"read usage, {name:30} {spent:7.2f} µs")
    for name, (model, usage, more) in CALLS.items():
        call = facts(model, usage, **more)
        spent = best_us(lambda call=call: price_exchange(book, call), 20_000)  # type: ignore[misc]  # bound at once
        missed += spent > BAR_US
        verdict = "ok" if spent <= BAR_US else "MISSED"
        print(f"price, {name:35} {spent:7.2f} µs   bar {BAR_US:.0f} µs   {verdict}")
    for name, (model, at, reasons) in DOUBTED.items():
        call = facts(model, TEXT, reasons=reasons)._replace(at_unix_nano=at, tier="flex")
        spent = best_us(lambda call=call: price_exchange(book, call), 5_000)  # type: ignore[misc]  # bound at once
        print(f"price, {name:35} {spent:7.2f} µs")
    for name, start, stated in (
        ("plain", AT, None),
        ("near a new price", NEAR_A_CHANGE, None),
        ("tier assumed", AT, "tier_assumed"),
    ):
        batch = rows(start, stated)
        spent = best_us(lambda batch=batch: price_rows(batch, book), 3)  # type: ignore[misc]  # bound at once
        print(f"collector, {BATCH} spans, {name:18} {spent / BATCH:7.3f} µs a span")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
