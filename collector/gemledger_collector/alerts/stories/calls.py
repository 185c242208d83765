"""Calls of a story, written as the collector writes those it receives: one row a call, and every sum of them."""

import itertools
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pyarrow as pa

from gemledger_collector.alerts.stories.story import Traffic
from gemledger_collector.config_values import PICO_USD, nanoseconds
from gemledger_collector.storage.ledger import add_to_ledger
from gemledger_collector.storage.store import Store

Row = dict[str, Any]
_COLUMNS = {"service": "service_name", "model": "response_model"}
_MODEL = "gemini-2.5-flash"
_SHARED = {
    "input_tokens": "input_tokens",
    "cached_tokens": "cache_read_tokens",
    "output_tokens": "output_tokens",
    "thoughts_tokens": "thoughts_tokens",
}
_LINES = ("input", "cache_read", "tool_use", "output", "thoughts", "grounding", "maps", "storage")


def calls_of(traffic: Traffic, index: int, at_unix_nano: int) -> list[Row]:
    """The calls of one interval, which begins at that moment."""
    told = {
        name: values[index]
        for name, values in traffic.series.items()
        if index < len(values) and values[index] is not None
    }
    count = int(told.get("calls") or 0) if traffic.calls else int(bool(told))
    shares = {name: _shares(told.get(name), count) for name in _SHARED}
    money = _shares((told.get("cost_usd") or Decimal(0)) * PICO_USD, count)
    rows = []
    for number in range(count):
        row = _call(traffic, at_unix_nano + number, money[number])
        row |= {_SHARED[name]: shares[name][number] for name in _SHARED if told.get(name)}
        rows.append(row | _oddities(traffic, told, number))
    return rows


def _call(traffic: Traffic, start: int, cost_pico_usd: int) -> Row:
    labels = {_COLUMNS.get(name, name): value for name, value in traffic.labels.items()}
    return {
        "start_time_unix_nano": start,
        "name": "generate_content",
        "operation": "generate_content",
        "provider": "gcp.gemini",
        "cost_status": "exact",
        "cost_pico_usd": cost_pico_usd,
        "media_pico_usd": cost_pico_usd,
        "response_model": _MODEL,
        "duration_nano": 10**9,
        **labels,
    }


def _oddities(traffic: Traffic, told: dict[str, Any], number: int) -> Row:
    """What holds for the first so many calls, and how long they took."""
    row: Row = {}
    if number < int(told.get("errors") or 0):
        row["error_type"] = traffic.error
    if number < int(told.get("unpriced") or 0):
        row |= {"cost_status": "unpriced", "cost_pico_usd": None, "media_pico_usd": None}
    if "latency_ms" in told:
        row["duration_nano"] = int(told["latency_ms"] * 10**6)
    if "first_chunk_ms" in told:
        row["time_to_first_chunk_seconds"] = float(told["first_chunk_ms"] / 1000)
    return row


def _shares(total: Decimal | None, count: int) -> list[int]:
    """A total in whole parts that sum to it."""
    if count == 0:
        return []
    whole, rest = divmod(int(total or 0), count)
    return [whole + (place < rest) for place in range(count)]


def timeline(traffic: Traffic, start_unix_nano: int) -> Iterator[tuple[int, list[Row]]]:
    """When calls come, and which."""
    step = nanoseconds(traffic.interval)
    for index in range(traffic.length):
        moment = start_unix_nano + index * step
        if rows := calls_of(traffic, index, moment):
            yield moment, rows


class Ledger:
    """Writes calls into a store; numbers them, so that none is there twice."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)

    def add(self, store: Store, rows: list[Row]) -> None:
        """Commit these calls together."""
        numbers = [next(self._numbers) for _ in rows]
        with store.writing() as transaction:
            schema = transaction.query("no_spans").schema
            columns = {}
            for field in schema:
                kind = pa.binary(16) if field.name == "trace_id" else field.type
                columns[field.name] = pa.array([row.get(field.name) for row in rows], kind)
            columns["span_id"] = pa.array(numbers, pa.uint64())
            columns["trace_id"] = pa.array([each.to_bytes(16) for each in numbers], pa.binary(16))
            for line in _LINES:
                columns[f"{line}_pico_usd"] = pa.array([0] * len(rows), pa.int64())
            table = pa.table(columns)
            transaction.append("spans", table)
            add_to_ledger(transaction, table, sign=1)
