"""How a call's cost came about: counts times rates, told only where they come to what is stored."""

from collections.abc import Iterable, Iterator

from pydantic import BaseModel, Field

from gemledger import semconv
from gemledger.pricing import Book, price_exchange
from gemledger.pricing.cells import billable_cells
from gemledger.pricing.cost import Facts
from gemledger.pricing.units import line_of
from gemledger_collector.api.call_rows import Row, words
from gemledger_collector.api.span_parts import events_of
from gemledger_collector.processors.columns import EXCHANGE_COLUMNS, Kind
from gemledger_collector.processors.price_singly import facts_of

_MOST_EXCHANGES = 100
_SHARED = ("platform", "request_model", "region", "account_location", "server_address")


class Working(BaseModel):
    """``count`` times ``rate_pico_usd`` is ``pico_usd``, to the pico."""

    exchange: int | None = Field(description="of a call that made several: which, from 1")
    cell: str = Field(description="a cell or unit of the price book: input.audio, grounding_query")
    line: str = Field(description="the cost line it is part of")
    count: int
    rate_pico_usd: str
    pico_usd: str
    row: str = Field(description="the row of the price book whose rate it is")


def workings(row: Row, book: Book) -> list[Working]:
    """Of a call that this book prices as it was priced; nothing of any other, nor of one without a price."""
    if row["cost_pico_usd"] is None:
        return []
    told = [
        working for place, facts in _exchanges(row) for working in _of_exchange(place, facts, book)
    ]
    rows = dict.fromkeys(working.row for working in told)
    same = _by_line(told) == _stored(row) and set(rows) <= set(words(row["price_row"]))
    return told if same else []


def _exchanges(row: Row) -> Iterator[tuple[int | None, Facts]]:
    """What each exchange is priced by; the call itself where it tells of none."""
    reasons = row["app_cost_reasons"] or row["cost_reasons"]
    found = [
        event.attributes
        for event in events_of(row, with_content=False)
        if event.name == semconv.EXCHANGE_EVENT
    ]
    if not found:
        yield None, facts_of({**row, "app_cost_reasons": reasons})
        return
    for place, told in enumerate(found[:_MOST_EXCHANGES], start=1):
        part = {column.name: told.get(column.attribute) for column in EXCHANGE_COLUMNS}
        said = {column.name for column in EXCHANGE_COLUMNS if column.kind is Kind.WORDS}
        part |= {name: ",".join(map(str, part[name] or ())) for name in said}
        part |= {name: row[name] for name in (*_SHARED, "start_time_unix_nano")}
        part |= {name: part[name] or row[name] for name in ("response_model", "service_tier")}
        yield place, facts_of(part)


def _of_exchange(place: int | None, facts: Facts, book: Book) -> Iterator[Working]:
    cost = price_exchange(book, facts)
    free = int(facts.tool_tokens != "billed")
    cells = {} if facts.usage is None else billable_cells(facts.usage, tool_use_free=free)
    for cell, amount in cost.lines.items():
        count = cells.get(cell, facts.quantities.get(cell.partition(".")[0], 0))
        if count:
            yield Working(
                exchange=place,
                cell=cell,
                line=line_of(cell),
                count=count,
                rate_pico_usd=str(amount // count),
                pico_usd=str(amount),
                row=cost.rows[0],
            )


def _by_line(told: Iterable[Working]) -> dict[str, int]:
    sums: dict[str, int] = {}
    for working in told:
        amount = int(working.pico_usd)
        if int(working.rate_pico_usd) * working.count != amount:
            return {"(not a product)": amount}
        if amount:
            sums[working.line] = sums.get(working.line, 0) + amount
    return sums


def _stored(row: Row) -> dict[str, int]:
    amounts = {line: row[f"{line}_pico_usd"] for line in semconv.COST_LINES}
    return {line: int(amount) for line, amount in amounts.items() if amount}
