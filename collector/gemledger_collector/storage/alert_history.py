"""Alerts as they are stored, and the spend they watch: typed questions to the store."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any, TypeVar

import pyarrow as pa

from gemledger_collector.storage.budget_spend import DIMENSIONS
from gemledger_collector.storage.transaction import Snapshot, Transaction

Row = TypeVar("Row")
_WIDE = pa.decimal128(38, 0)


@dataclass(frozen=True, slots=True)
class AlertRow:
    """One row of ``alerts``: quantities are integers of ``unit``, times unix nanoseconds, objects JSON."""

    fingerprint: str
    rule: str
    kind: str
    severity: str
    filter: str
    threshold_percent: int | None
    labels: str
    state: str
    window_start_unix_nano: int
    window_end_unix_nano: int
    value: int
    limit_value: int
    unit: str
    metric: str | None
    started_at_unix_nano: int
    last_breached_at_unix_nano: int | None
    firing_since_unix_nano: int | None
    resolved_at_unix_nano: int | None
    notified_at_unix_nano: int | None
    reason: str
    cause: str
    evidence: str | None
    annotations: str
    summary: str

    @property
    def filter_labels(self) -> dict[str, str]:
        """The attribution the rule is limited to."""
        labels: dict[str, str] = json.loads(self.filter)
        return labels


def open_alerts(snapshot: Snapshot) -> list[AlertRow]:
    """The alerts that are pending, firing or without data."""
    return [exact(AlertRow, row) for row in snapshot.query("alerts_open").to_pylist()]


def open_by_state(snapshot: Snapshot) -> dict[tuple[str, str], int]:
    """How many alerts are open in each state and severity."""
    rows = snapshot.rows("alerts_by_state")
    return {(str(state), str(severity)): int(str(count)) for state, severity, count in rows}


def recorded_alerts(snapshot: Snapshot) -> list[AlertRow]:
    """All alerts ever."""
    return [exact(AlertRow, row) for row in snapshot.query("alerts_recorded").to_pylist()]


def alerts_between(snapshot: Snapshot, since: int, until: int, limit: int) -> list[AlertRow]:
    """Alerts that lasted at some moment of ``[since, until)``; open ones first, then newest first."""
    rows = snapshot.query("alerts_between", {"since": since, "until": until, "limit": limit})
    return [exact(AlertRow, row) for row in rows.to_pylist()]


def alerts_named(snapshot: Snapshot, keys: Sequence[str]) -> list[AlertRow]:
    """The stored alerts of these keys: fingerprint, a slash, and the start in unix nanoseconds."""
    if not keys:
        return []
    rows = snapshot.query("alerts_named", {"keys": list(keys)}).to_pylist()
    return [exact(AlertRow, row) for row in rows]


def newest(snapshot: Snapshot, fingerprint: str, started_at: int | None) -> AlertRow | None:
    """The alert of this fingerprint that started then (unix nanoseconds), or last where no start is given."""
    key = {"fingerprint": fingerprint, "started_at": started_at}
    rows = snapshot.query("alerts_newest", key).to_pylist()
    return exact(AlertRow, rows[0]) if rows else None


def record(transaction: Transaction, rows: Sequence[AlertRow]) -> None:
    """Write alerts; those with the same fingerprint and start are replaced."""
    if rows:
        forget(transaction, [(row.fingerprint, row.started_at_unix_nano) for row in rows])
        with transaction.bound("alert_rows", alert_table(rows)):
            transaction.execute("alerts_record")


def forget(transaction: Transaction, keys: Sequence[tuple[str, int]]) -> None:
    """Take alerts, named by fingerprint and start, out of the store."""
    if keys:
        names = [f"{fingerprint}/{started_at}" for fingerprint, started_at in keys]
        transaction.execute("alerts_forget", {"keys": names})


def alert_table(rows: Sequence[AlertRow]) -> pa.Table:
    """The rows as Arrow: amounts may be wider than 64 bits."""
    columns = {each.name: [getattr(row, each.name) for row in rows] for each in fields(AlertRow)}
    wide = {name: pa.array(columns[name], _WIDE) for name in ("value", "limit_value")}
    times = {
        name: pa.array(values, pa.int64())
        for name, values in columns.items()
        if name.endswith("_unix_nano")
    }
    percents = {"threshold_percent": pa.array(columns["threshold_percent"], pa.int32())}
    texts = {"metric": pa.array(columns["metric"], pa.string())}
    texts["evidence"] = pa.array(columns["evidence"], pa.string())
    return pa.table({**columns, **wide, **times, **percents, **texts})


def spend_by_slot(
    snapshot: Snapshot, filter_labels: Mapping[str, str], since_slot: int
) -> dict[int, int]:
    """PicoUSD by slot (unix seconds) of the traffic the filter names."""
    table = snapshot.query(
        "alerts_spend_by_slot", {"since_slot": since_slot, **_filter(filter_labels)}
    )
    return {row["slot_unix_seconds"]: int(row["cost_pico_usd"]) for row in table.to_pylist()}


def ledger_before(snapshot: Snapshot, before_slot: int) -> tuple[int, int]:
    """Calls and picoUSD in all slots before that one: it changes when late data comes, and only then."""
    row = snapshot.query("alerts_ledger_before", {"before_slot": before_slot}).to_pylist()[0]
    return int(row["calls"]), int(row["cost_pico_usd"])


def first_slot(snapshot: Snapshot) -> int | None:
    """The ledger's oldest slot, None while it is empty."""
    slot: int | None = snapshot.query("alerts_first_slot")["slot_unix_seconds"][0].as_py()
    return slot


def exact(kind: Callable[..., Row], row: Mapping[str, Any]) -> Row:
    """A row of the store as a dataclass whose fields are the columns."""
    # A HUGEINT leaves DuckDB as a decimal of scale 0: an integer again, exactly.
    return kind(
        **{name: int(value) if isinstance(value, Decimal) else value for name, value in row.items()}
    )


def _filter(labels: Mapping[str, str]) -> dict[str, str | None]:
    return {name: labels.get(name) for name in DIMENSIONS}
