"""A stored alert explained: what changed, and the spend of its window piece by piece."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from gemledger_collector.alerts.alert import MONEY, Alert
from gemledger_collector.alerts.cause.evidence import as_json
from gemledger_collector.alerts.cause.weighing import explain
from gemledger_collector.alerts.slots import slot_of
from gemledger_collector.storage.buckets import SLOT_SECONDS
from gemledger_collector.storage.forecast_spend import Traffic, spend_by_day
from gemledger_collector.storage.transaction import Snapshot

_WIDTHS = (SLOT_SECONDS, 3600, 86_400)
_MOST_PIECES = 200


@dataclass(frozen=True, slots=True)
class Piece:
    """What a piece of the window cost."""

    start_unix_seconds: int
    pico_usd: int


@dataclass(frozen=True, slots=True)
class Explained:
    """``what_changed`` is as ``evidence`` writes it; None of an alert that is not about money.

    ``as_told`` says whether it is what the notification was made of; of an older alert it is worked out now.
    """

    alert: Alert
    what_changed: Mapping[str, object] | None
    as_told: bool
    series: list[Piece]


def explained(snapshot: Snapshot, alert: Alert, now: int) -> Explained:
    """All that is known of why an alert fired."""
    told = alert.evidence is not None
    what: Mapping[str, object] | None = None
    if alert.evidence is not None:
        what = json.loads(alert.evidence)
    elif alert.unit == MONEY:
        what = as_json(explain(snapshot, alert, min(now, alert.window.end_unix_nano)))
    return Explained(alert, what, told, _series(snapshot, alert, now))


def _series(snapshot: Snapshot, alert: Alert, now: int) -> list[Piece]:
    since = slot_of(alert.window.start_unix_nano)
    until = slot_of(min(alert.window.end_unix_nano - 1, now)) + SLOT_SECONDS
    width = next((each for each in _WIDTHS if (until - since) // each <= _MOST_PIECES), _WIDTHS[-1])
    starts = list(range(since, max(until, since + 1), width))
    found = spend_by_day(snapshot, Traffic(alert.identity.filter), starts, (until, 0)).get((), {})
    return [Piece(at, found[at].pico_usd if at in found else 0) for at in starts]
