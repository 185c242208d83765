"""The bill: every call priced on arrival with the collector's own book, in int64 arrays.

Rates are looked up once per distinct (platform, model, tier, region, day); cells times rates is one expression over
whole columns, the same that prices a single call in the app. A call of several exchanges is the sum of theirs:
the step above 200,000 prompt tokens is decided for each.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from gemledger import semconv
from gemledger.pricing import Book, Rates, Usage, engine
from gemledger.pricing.cells import billable_cells
from gemledger_collector.processors.batches import Integers, Mask, integers, mask, with_columns
from gemledger_collector.processors.columns import APP_COST_COLUMNS
from gemledger_collector.processors.decode import SpanBatch
from gemledger_collector.processors.price_keys import RateTable
from gemledger_collector.processors.price_reasons import (
    combined_reasons,
    combined_rows,
    reasons_of,
    statuses,
)

LINES = semconv.COST_LINES
_MODALITIES = semconv.MODALITIES[1:]  # text is what no other modality claims


@dataclass(frozen=True, slots=True)
class Priced:
    """Costs of rows: lines sum to the total; total and lines are meaningless where not ``known``."""

    lines: Mapping[str, Integers]
    total: Integers
    known: Mask
    reasons: pa.Array
    price_row: pa.Array
    long_context: Mask


def price(batch: SpanBatch, book: Book) -> SpanBatch:
    """Adds cost, lines, status, reasons, book and row to every billed span; others keep null."""
    priced = price_rows(batch.spans, book)
    if len(batch.exchanges):
        priced = _with_exchanges(batch, priced, book)
    billed = mask(batch.spans.column("billed"))
    unknown = ~(billed & priced.known)
    columns = {f"{line}_pico_usd": pa.array(priced.lines[line], mask=unknown) for line in LINES}
    columns["cost_pico_usd"] = pa.array(priced.total, mask=unknown)
    columns["cost_reasons"] = _where(billed, _filled(priced.reasons))
    columns["cost_status"] = _where(billed, statuses(priced.reasons, priced.known))
    columns["price_row"] = _where(~unknown, priced.price_row)
    columns["price_book"] = _where(billed, pa.repeat(pa.scalar(book.version), len(billed)))
    columns["long_context"] = pa.array(priced.long_context, mask=unknown)
    return SpanBatch(
        with_columns(batch.spans, columns | _app_columns(batch, columns)), batch.exchanges
    )


def _where(condition: Mask, values: pa.Array) -> pa.Array:
    return pc.if_else(pa.array(condition), values, pa.scalar(None, values.type))


def _filled(texts: pa.Array) -> pa.Array:
    return pc.if_else(pc.equal(texts, ""), pa.scalar(None, pa.string()), texts)


def _app_columns(batch: SpanBatch, ours: Mapping[str, pa.Array]) -> dict[str, pa.Array]:
    """The app's lines and row, kept only where they differ from ours: then they are evidence."""
    kept: dict[str, pa.Array] = {}
    for column in APP_COST_COLUMNS:
        name = column.name.removeprefix("app_")
        theirs = batch.spans.column(column.name)
        if (
            name in ours
            and name not in ("cost_pico_usd", "cost_status")
            and theirs.null_count < len(theirs)
        ):
            same = pc.equal(theirs, ours[name]).fill_null(False)
            kept[column.name] = pc.if_else(same, pa.scalar(None, theirs.type), theirs)
    return kept


def price_rows(rows: pa.RecordBatch, book: Book) -> Priced:
    """The cost of each row, taken as one exchange."""
    table = RateTable(rows, book)
    usage = usage_of(rows)
    grounded = _is_grounded(rows)
    cells = billable_cells(usage, grounded=grounded.astype(np.int64))
    found = table.look_up(usage.prompt_tokens, cells)
    by_cell = engine.cost_lines(_gathered(found.rates), cells)
    lines = {line: np.zeros(len(rows), dtype=np.int64) for line in LINES}
    for cell, pico in by_cell.items():
        lines[cell.partition(".")[0]] += pico
    refused = _was_refused(rows)
    known = refused | (found.known & has_usage(rows))
    for line in LINES:
        lines[line] = lines[line] * (known & ~refused)
    total = sum(lines.values(), np.zeros(len(rows), dtype=np.int64))
    reasons = reasons_of(rows, found, grounded, usage, refused)
    price_row = _where(~refused, found.price_row)
    return Priced(lines, total, known, reasons, price_row, found.long_context & ~refused)


def _gathered(rates: Mapping[str, Integers]) -> Rates:
    """Rates whose cells are columns: the engine's expression then prices every row at once."""
    return Rates(row="", confidence="", pico_usd_per_token=rates)  # type: ignore[arg-type]  # int64 arrays by design


def usage_of(rows: pa.RecordBatch) -> Usage:
    """The token counts as columns; modalities only where any row has one."""

    def by_modality(suffix: str) -> dict[str, Integers]:
        names = {modality: f"{modality}_{suffix}" for modality in _MODALITIES}
        return {
            modality: integers(rows.column(name))
            for modality, name in names.items()
            if rows.column(name).null_count < len(rows)
        }

    return Usage(
        input_tokens=integers(rows.column("input_tokens")),
        output_tokens=integers(rows.column("output_tokens")),
        cache_read=integers(rows.column("cache_read_tokens")),
        tool_use=integers(rows.column("tool_use_tokens")),
        thoughts=integers(rows.column("thoughts_tokens")),
        input_by_modality=by_modality("input_tokens"),
        cache_read_by_modality=by_modality("cache_read_tokens"),
        output_by_modality=by_modality("output_tokens"),
    )


def _is_grounded(rows: pa.RecordBatch) -> Mask:
    names = ("grounding_queries", "grounded_prompts", "maps_queries")
    grounded: Mask = np.logical_or.reduce([integers(rows.column(name)) > 0 for name in names])
    return grounded


def _was_refused(rows: pa.RecordBatch) -> Mask:
    """Nothing was billed: Google answered 4xx or 5xx, or no request was ever answered or left open."""
    status = mask(pc.match_substring_regex(rows.column("error_type"), "^[45][0-9][0-9]$"))
    none_answered = mask(pc.equal(rows.column("exchanges"), 0))
    left_open = mask(pc.match_substring(rows.column("app_cost_reasons"), "no_response"))
    return (status | (none_answered & ~left_open)) & ~has_usage(rows)


def has_usage(rows: pa.RecordBatch) -> Mask:
    """Whether the row says how many tokens there were, believably."""
    said = pc.or_(rows.column("input_tokens").is_valid(), rows.column("output_tokens").is_valid())
    return mask(said) & ~mask(rows.column("impossible_usage"))


def _with_exchanges(batch: SpanBatch, priced: Priced, book: Book) -> Priced:
    """Replaces the price of calls that name their exchanges by the sum of those."""
    rows = integers(batch.spans.column("row"))
    wanted = integers(batch.exchanges.column("row"))
    position = np.searchsorted(rows, wanted)
    position[position == len(rows)] = 0
    present = rows[position] == wanted if len(rows) else np.zeros(len(wanted), dtype=bool)
    exchanges, position = batch.exchanges.filter(pa.array(present)), position[present]
    if len(exchanges) == 0:
        return priced
    parts = price_rows(_with_call_facts(exchanges, batch.spans, position), book)
    return _combined(priced, parts, position, batch.spans.column("app_cost_reasons"))


def _with_call_facts(
    exchanges: pa.RecordBatch, spans: pa.RecordBatch, position: Integers
) -> pa.RecordBatch:
    """Exchanges with what they share with their call: platform, time, endpoint."""
    index = pa.array(position)
    shared = {
        name: spans.column(name).take(index)
        for name in (
            "platform",
            "request_model",
            "region",
            "account_location",
            "server_address",
            "start_time_unix_nano",
        )
    }
    for name in ("response_model", "service_tier"):
        shared[name] = pc.coalesce(exchanges.column(name), spans.column(name).take(index))
    shared["error_type"] = pa.nulls(len(exchanges), pa.string())
    shared["exchanges"] = pa.nulls(len(exchanges), pa.int64())
    return with_columns(exchanges, shared)


def _combined(calls: Priced, parts: Priced, position: Integers, app_reasons: pa.Array) -> Priced:
    """``calls`` with the rows at ``position`` replaced by the sums of ``parts``."""
    count = len(calls.total)
    several: Mask = np.zeros(count, dtype=bool)
    several[position] = True

    def summed(whole: Integers, part: Integers) -> Integers:
        sums = np.zeros(count, dtype=np.int64)
        np.add.at(sums, position, part * parts.known)
        return np.where(several, sums, whole)

    some_known: Mask = np.zeros(count, dtype=bool)
    some_known[position[parts.known]] = True
    some_unknown: Mask = np.zeros(count, dtype=bool)
    some_unknown[position[~parts.known]] = True
    long_context = np.where(several, False, calls.long_context)
    long_context[position[parts.long_context]] = True
    reasons = combined_reasons(parts.reasons, position, some_known & some_unknown, app_reasons)
    price_row = combined_rows(parts.price_row, position, count)
    return Priced(
        lines={line: summed(calls.lines[line], parts.lines[line]) for line in LINES},
        total=summed(calls.total, parts.total),
        known=np.where(several, some_known, calls.known),
        reasons=pc.if_else(pa.array(several), reasons, calls.reasons),
        price_row=pc.if_else(pa.array(several), price_row, calls.price_row),
        long_context=long_context,
    )
