"""Whether anything is wrong at a moment: alerts that fire, services that went quiet."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gemledger_collector.alerts.dispatch.muted import Mute, Mutes
from gemledger_collector.alerts.records import from_row, silence_from_row
from gemledger_collector.alerts_config import AlertsConfig
from gemledger_collector.quiet_services import habit
from gemledger_collector.storage import alert_history, silences
from gemledger_collector.storage.alert_history import AlertRow
from gemledger_collector.storage.service_activity import activities
from gemledger_collector.storage.transaction import Snapshot

MOST_ALERTS = 20
MOST_SERVICES = 20
_LOOKED_AT = 1000
_SECOND = 10**9
_NO_NEWS = frozenset({"watchdog", "test"})
_SEVERITIES = ("critical", "warning", "info")
_NO_DATA = "no_data"


@dataclass(frozen=True, slots=True)
class Firing:
    """An alert that fires, and what keeps it quiet."""

    row: AlertRow
    muted_by: Sequence[Mute]


@dataclass(frozen=True, slots=True)
class Alerts:
    """Those that fire, the gravest first, the longest first; a budget's group once, at its highest threshold."""

    firing: Sequence[Firing]
    firing_count: int
    pending_count: int
    no_data_count: int


@dataclass(frozen=True, slots=True)
class Quiet:
    """A service that used to report: when it was last seen, in unix nanoseconds."""

    service: str
    last_seen_unix_nano: int


@dataclass(frozen=True, slots=True)
class Services:
    """How many reported in the last month, and which of them went quiet, the latest first."""

    count: int
    quiet: Sequence[Quiet]
    quiet_count: int


def alerts(snapshot: Snapshot, config: AlertsConfig, at: int) -> Alerts:
    """Alerts as they stood at a moment, in unix nanoseconds."""
    rows = alert_history.alerts_between(snapshot, at - 1, at, _LOOKED_AT)
    lasting = [row for row in rows if row.kind not in _NO_NEWS and not _over(row, at)]
    silent = [row for row in lasting if row.state == _NO_DATA]
    firing = [row for row in lasting if row not in silent and _fired(row, at)]
    mutes = Mutes(
        config,
        [from_row(row) for row in firing],
        [silence_from_row(row) for row in silences.silences(snapshot, at)],
        at,
    )
    highest = _highest(firing)
    return Alerts(
        [Firing(row, mutes.of(from_row(row))) for row in highest[:MOST_ALERTS]],
        len(highest),
        len(lasting) - len(silent) - len(firing),
        len(silent),
    )


def services(snapshot: Snapshot, at: int, last_starts: Mapping[str, int]) -> Services:
    """Who reported in the 30 days before; ``last_starts`` where latest calls are known better than by the slot."""
    known = {each.service: each for each in activities(snapshot, at)}
    quiet = [
        Quiet(name, seen.last_seen * _SECOND)
        for name, each in known.items()
        if (seen := habit(each, at // _SECOND, _seconds(last_starts.get(name)))).quiet
    ]
    quiet.sort(key=lambda each: (-each.last_seen_unix_nano, each.service))
    return Services(len(known), quiet[:MOST_SERVICES], len(quiet))


def _seconds(start_unix_nano: int | None) -> int | None:
    return None if start_unix_nano is None else start_unix_nano // _SECOND


def _over(row: AlertRow, at: int) -> bool:
    return row.resolved_at_unix_nano is not None and row.resolved_at_unix_nano <= at


def _fired(row: AlertRow, at: int) -> bool:
    return row.firing_since_unix_nano is not None and row.firing_since_unix_nano < at


def _highest(firing: Sequence[AlertRow]) -> list[AlertRow]:
    found: dict[tuple[str, str, str], AlertRow] = {}
    for row in firing:
        # Pairs of windows of a burn rate are apart by their labels, thresholds of a budget are steps of one stair.
        apart = row.labels if row.threshold_percent is None else row.filter
        kept = found.setdefault((row.rule, row.kind, apart), row)
        if (kept.threshold_percent or 0) < (row.threshold_percent or 0):
            found[row.rule, row.kind, apart] = row
    return sorted(found.values(), key=_gravity)


def _gravity(row: AlertRow) -> tuple[int, int, str]:
    grave = _SEVERITIES.index(row.severity) if row.severity in _SEVERITIES else len(_SEVERITIES)
    return grave, row.firing_since_unix_nano or 0, row.rule
