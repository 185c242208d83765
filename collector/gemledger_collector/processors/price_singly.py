"""Rows whose price takes more thought than rates can tell: priced one by one, by the engine the app uses."""

from collections.abc import Iterator, Mapping
from typing import Any

import pyarrow as pa

from gemledger.pricing import Book, Cost, Facts, Usage, price_exchange
from gemledger.pricing.cells import MOST
from gemledger.pricing.reasons import UNPRICED, has_a_dear_end, stated, status_of
from gemledger_collector.processors.batches import Integers, Keys, Mask
from gemledger_collector.processors.price_quantities import MEDIA, MODALITIES, SEARCHES

_PARTS = ("input_tokens", "cache_read_tokens", "output_tokens")
_COLUMNS = (
    "platform",
    "request_model",
    "response_model",
    "service_tier",
    "region",
    "account_location",
    "server_address",
    "start_time_unix_nano",
    "app_cost_reasons",
    "resolution",
    "unsampled_long_context",
    "thoughts_tokens",
    "tool_use_tokens",
    *_PARTS,
    *(f"{modality}_{part}" for modality in ("text", *MODALITIES) for part in _PARTS),
    *dict.fromkeys((*SEARCHES.values(), *MEDIA.values())),
)

_Row = Mapping[str, Any]


def needs_thought(rows: pa.RecordBatch) -> Mask:
    """Rows of which the app says something that rates alone cannot put a price on."""
    keys = Keys(len(rows))
    keys.add(rows.column("app_cost_reasons").fill_null(""))
    telling = pa.array([_is_telling(str(text).split(",")) for (text,) in keys.distinct()])
    found: Mask = telling.take(pa.array(keys.of_row)).to_numpy(zero_copy_only=False)
    return found


def _is_telling(reasons: list[str]) -> bool:
    return has_a_dear_end(reasons) or status_of(stated(reasons)) == UNPRICED


def priced_singly(rows: pa.RecordBatch, positions: Integers, book: Book) -> Iterator[Cost]:
    """The cost of each row at ``positions``."""
    columns = {name: rows.column(name).take(pa.array(positions)) for name in _COLUMNS}
    for row in pa.RecordBatch.from_pydict(columns).to_pylist():
        yield price_exchange(book, facts_of(row), long_context=row["unsampled_long_context"])


def facts_of(row: _Row) -> Facts:
    """A row as the app would state it."""
    reasons = tuple(filter(None, (row["app_cost_reasons"] or "").split(",")))
    units = {**SEARCHES, **MEDIA}
    return Facts(
        platform=row["platform"] or "",
        request_model=row["request_model"] or "",
        response_model=row["response_model"],
        tier=row["service_tier"] or "standard",
        at_unix_nano=row["start_time_unix_nano"],
        usage=_usage(row),
        region=row["account_location"] or row["region"] or "global",
        server_address=row["server_address"] or "",
        quantities={unit: row[name] for unit, name in units.items() if row[name]},
        resolution=row["resolution"] or "",
        tool_tokens=_tool_tokens(row, reasons),
        reasons=reasons,
    )


def _usage(row: _Row) -> Usage | None:
    """The row's tokens; None where it says nothing of them."""
    if row["input_tokens"] is None and row["output_tokens"] is None:
        return None
    inputs, cached, outputs = (
        {modality: row[f"{modality}_{part}"] or 0 for modality in ("text", *MODALITIES)}
        for part in _PARTS
    )
    detailed = sum(outputs.values())
    parts = [
        {modality: count for modality, count in counts.items() if count and modality != "text"}
        for counts in (inputs, cached, outputs)
    ]
    tokens = ("input_tokens", "output_tokens", "cache_read_tokens", "tool_use_tokens")
    totals = [row[name] or 0 for name in (*tokens, "thoughts_tokens")]
    return Usage._make([*totals, *parts, min(detailed, MOST)])


def _tool_tokens(row: _Row, reasons: tuple[str, ...]) -> str:
    """Whether the tool tokens were billed; the response does not say, the app knows the request."""
    if "tool_tokens_mixed" in reasons:
        return "mixed"
    searched = any(row[name] for name in SEARCHES.values())
    return "free" if searched or "grounding_unreported" in reasons else "billed"
