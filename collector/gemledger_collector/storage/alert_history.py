"""Alerts, their notifications, and the spend they watch: typed questions to the store."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any, TypeVar

from gemledger_collector.storage.transaction import Snapshot, Transaction

Row = TypeVar("Row")

FILTERS = ("team", "feature", "model", "environment", "prompt_version", "service")


@dataclass(frozen=True, slots=True)
class AlertRow:
    """One row of ``alerts``: money in picoUSD, times in unix nanoseconds."""

    fingerprint: str
    rule: str
    kind: str
    severity: str
    filter: str
    threshold_percent: int | None
    state: str
    window_start_unix_nano: int
    window_end_unix_nano: int
    value_pico_usd: int
    limit_pico_usd: int
    started_at_unix_nano: int
    firing_since_unix_nano: int | None
    resolved_at_unix_nano: int | None
    notified_at_unix_nano: int | None
    reason: str
    cause: str
    summary: str

    @property
    def filter_labels(self) -> dict[str, str]:
        """The attribution the rule is limited to."""
        labels: dict[str, str] = json.loads(self.filter)
        return labels


@dataclass(frozen=True, slots=True)
class Message:
    """One message for one channel, as it enters the outbox."""

    notification_id: str
    created_at_unix_nano: int
    sequence: int
    channel: str
    rule: str
    fingerprint: str
    status: str
    reason: str
    body: str


@dataclass(frozen=True, slots=True)
class NotificationRow(Message):
    """A message and what came of it; ``next_attempt_unix_nano`` None: delivered or given up."""

    attempts: int
    next_attempt_unix_nano: int | None
    delivered_at_unix_nano: int | None
    error: str | None


@dataclass(frozen=True, slots=True)
class Settlement:
    """What came of one attempt to send a message."""

    notification_id: str
    next_attempt_unix_nano: int | None
    delivered_at_unix_nano: int | None
    error: str | None


@dataclass(frozen=True, slots=True)
class Contributor:
    """What one team's feature spent on one model in a window, and in the baseline before it."""

    team: str | None
    feature: str | None
    model: str | None
    cost_pico_usd: int
    baseline_pico_usd: int


def open_alerts(snapshot: Snapshot) -> list[AlertRow]:
    """The alerts that are pending or firing."""
    return [_exact(AlertRow, row) for row in snapshot.query("alerts_open").to_pylist()]


def recorded_alerts(snapshot: Snapshot) -> list[AlertRow]:
    """All alerts ever."""
    return [_exact(AlertRow, row) for row in snapshot.query("alerts_recorded").to_pylist()]


def alerts_between(snapshot: Snapshot, since: int, until: int, limit: int) -> list[AlertRow]:
    """Alerts that lasted at some moment of ``[since, until)``; open ones first, then newest first."""
    rows = snapshot.query("alerts_between", {"since": since, "until": until, "limit": limit})
    return [_exact(AlertRow, row) for row in rows.to_pylist()]


def record(transaction: Transaction, row: AlertRow) -> None:
    """Write an alert; one with the same fingerprint and start is replaced."""
    forget(transaction, row.fingerprint, row.started_at_unix_nano)
    transaction.execute("alerts_record", asdict(row))


def forget(transaction: Transaction, fingerprint: str, started_at_unix_nano: int) -> None:
    """Take an alert out of the store."""
    key = {"fingerprint": fingerprint, "started_at_unix_nano": started_at_unix_nano}
    transaction.execute("alerts_forget", key)


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


def contributors(
    snapshot: Snapshot, filter_labels: Mapping[str, str], slots: tuple[int, int, int]
) -> list[Contributor]:
    """Who spent between the last two of ``slots`` (baseline start, start, end), the largest first."""
    baseline, since, until = slots
    bounds = {"baseline_slot": baseline, "since_slot": since, "until_slot": until}
    table = snapshot.query("alerts_contributors", {**bounds, **_filter(filter_labels)})
    return [_exact(Contributor, row) for row in table.to_pylist()]


def queue(transaction: Transaction, message: Message) -> None:
    """Put a message into the outbox."""
    transaction.execute("alerts_queue", asdict(message))


def waiting(snapshot: Snapshot, channel: str) -> list[NotificationRow]:
    """What the channel is still owed, the message due first at the head; one per alert."""
    return [
        _exact(NotificationRow, row)
        for row in snapshot.query("alerts_waiting", {"channel": channel}).to_pylist()
    ]


def settle(transaction: Transaction, settlement: Settlement) -> None:
    """Note what came of one attempt."""
    transaction.execute("alerts_settle", asdict(settlement))


def abandon_other_channels(transaction: Transaction, channels: Iterable[str]) -> None:
    """Give up the messages for channels that are no longer configured."""
    transaction.execute("alerts_abandon_channel", {"channels": list(channels)})


def notifications_between(
    snapshot: Snapshot, since: int, until: int, limit: int
) -> list[NotificationRow]:
    """Messages created in ``[since, until)``, newest first."""
    bounds = {"since": since, "until": until, "limit": limit}
    return [
        _exact(NotificationRow, row)
        for row in snapshot.query("alerts_notifications_between", bounds).to_pylist()
    ]


def _exact(kind: Callable[..., Row], row: Mapping[str, Any]) -> Row:
    # A HUGEINT leaves DuckDB as a decimal of scale 0: an integer again, exactly.
    return kind(
        **{name: int(value) if isinstance(value, Decimal) else value for name, value in row.items()}
    )


def _filter(labels: Mapping[str, str]) -> dict[str, str | None]:
    return {name: labels.get(name) for name in FILTERS}
