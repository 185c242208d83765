"""The bill: every call priced on arrival with the collector's own book, in int64 arrays.

Rates are looked up once per distinct (platform, model, tier, region, endpoint, eight hours); cells times rates is one
expression over whole columns, on the same cells that price a single call in the app. The few rows with a doubt between
two known prices are priced one by one, by the app's own engine. A call of several exchanges is the sum of theirs: the
step above 200,000 prompt tokens is decided for each.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from gemledger import semconv
from gemledger.pricing import Book, engine
from gemledger.pricing.cells import billable_cells
from gemledger.pricing.units import line_of
from gemledger_collector.processors.batches import (
    Integers,
    Mask,
    empty_as_null,
    integers,
    mask,
    with_columns,
)
from gemledger_collector.processors.columns import APP_COST_COLUMNS
from gemledger_collector.processors.decode import SpanBatch
from gemledger_collector.processors.price_keys import TariffTable
from gemledger_collector.processors.price_quantities import (
    costs_nothing,
    has_media,
    has_usage,
    searches_of,
    tool_use_is_free,
    usage_of,
    was_refused,
)
from gemledger_collector.processors.price_reasons import (
    combined_reasons,
    combined_rows,
    reasons_of,
    statuses,
)
from gemledger_collector.processors.price_singly import needs_thought, priced_singly

LINES = semconv.COST_LINES


@dataclass(frozen=True, slots=True)
class Priced:
    """Costs of rows: lines sum to the total; both are 0 where it is not ``known``, ``upper`` is -1 where it is not."""

    lines: Mapping[str, Integers]
    total: Integers
    upper: Integers
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
    columns["cost_upper_pico_usd"] = pa.array(priced.upper, mask=unknown | (priced.upper < 0))
    columns["cost_reasons"] = _where(billed, empty_as_null(priced.reasons))
    columns["cost_status"] = _where(billed, statuses(priced.reasons, priced.known))
    columns["price_row"] = _where(~unknown, priced.price_row)
    columns["price_book"] = _where(billed, pa.repeat(pa.scalar(book.version), len(billed)))
    columns["long_context"] = _sides(batch.spans, pa.array(priced.long_context, mask=unknown))
    return SpanBatch(
        with_columns(batch.spans, columns | _app_columns(batch, columns)), batch.exchanges
    )


def _sides(spans: pa.RecordBatch, found: pa.Array) -> pa.Array:
    """Which side of its context step each row is on; of a sum without a price what its sender says, for a later one."""
    said = spans.column("unsampled_long_context")
    return found if said.null_count == len(said) else pc.coalesce(found, said)


def _where(condition: Mask, values: pa.Array) -> pa.Array:
    return pc.if_else(pa.array(condition), values, pa.scalar(None, values.type))


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
    usage, searches = usage_of(rows), searches_of(rows)
    free = tool_use_is_free(rows, searches).astype(np.int64)
    cells = billable_cells(usage, tool_use_free=free)
    found = TariffTable(rows, book).look_up(usage, cells, searches)
    lines = {line: np.zeros(len(rows), dtype=np.int64) for line in LINES}
    for counts, picos in ((cells, found.pico_usd_per_token), (searches, found.pico_usd_per_unit)):
        for name, count in counts.items():
            lines[line_of(name)] += count * picos[name]
    refused = was_refused(rows)
    nothing = refused | mask(found.free.is_valid()) | costs_nothing(rows)
    known = nothing | (found.known & has_usage(rows))
    lines = {line: pico * (known & ~nothing) for line, pico in lines.items()}
    priced = Priced(
        lines,
        sum(lines.values(), np.zeros(len(rows), dtype=np.int64)),
        np.full(len(rows), -1, dtype=np.int64),
        known,
        reasons_of(rows, found, refused),
        _where(known & ~nothing, found.price_row),
        found.long_context & ~nothing,
    )
    peculiar = found.peculiar | has_media(rows) | needs_thought(rows)
    return _reconsidered(
        priced, rows, peculiar & ~nothing & ~mask(rows.column("impossible_usage")), book
    )


def _reconsidered(priced: Priced, rows: pa.RecordBatch, peculiar: Mask, book: Book) -> Priced:
    """``priced`` with the rows of ``peculiar`` priced one by one."""
    positions = np.flatnonzero(peculiar)
    if len(positions) == 0:
        return priced
    reasons, price_row = priced.reasons.to_pylist(), priced.price_row.to_pylist()
    for position, cost in zip(positions, priced_singly(rows, positions, book), strict=True):
        by_class, known = cost.by_class(), cost.total_pico_usd is not None
        for line in LINES:
            priced.lines[line][position] = by_class.get(line, 0)
        priced.total[position] = cost.total_pico_usd or 0
        priced.upper[position] = -1 if cost.upper_pico_usd is None else cost.upper_pico_usd
        priced.known[position] = known
        priced.long_context[position] &= known
        reasons[position], price_row[position] = ",".join(cost.reasons), ",".join(cost.rows) or None
    return replace(
        priced, reasons=pa.array(reasons, pa.string()), price_row=pa.array(price_row, pa.string())
    )


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
    shared["unsampled_long_context"] = pa.nulls(len(exchanges), pa.bool_())
    for name in ("exchanges", "attempts"):
        shared[name] = pa.nulls(len(exchanges), pa.int64())
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
        upper=np.where(several, _upper_of_all(parts, position, count, app_reasons), calls.upper),
        known=np.where(several, some_known, calls.known),
        reasons=pc.if_else(pa.array(several), reasons, calls.reasons),
        price_row=pc.if_else(pa.array(several), price_row, calls.price_row),
        long_context=long_context,
    )


def _upper_of_all(parts: Priced, position: Integers, count: int, app_reasons: pa.Array) -> Integers:
    """The sum of the upper ends of each call's exchanges; -1 where one is open towards the top, or none has any."""
    bounded: Mask = parts.upper >= 0
    status = statuses(parts.reasons, parts.known)
    uncertain = mask(pc.is_in(status, value_set=pa.array([engine.LOWER_BOUND, engine.UNPRICED])))
    open_ended: Mask = mask(
        pc.match_substring(app_reasons, "no_response")
    )  # a request nobody answered
    open_ended[position[uncertain & ~bounded]] = True
    some: Mask = np.zeros(count, dtype=bool)
    some[position[bounded]] = True
    sums = np.zeros(count, dtype=np.int64)
    np.add.at(sums, position, np.where(bounded, parts.upper, parts.total))
    return np.where(some & ~open_ended, sums, -1)
