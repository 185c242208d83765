"""GET /api/v1/spikes: how every group stands towards its spikes: which still learn, what is usual for the others."""

from collections.abc import Iterable
from typing import Any

from fastapi import APIRouter

from gemledger_collector.alerts.alert import Watch
from gemledger_collector.alerts.spikes.standing import Standing
from gemledger_collector.alerts.spikes.watcher import SpikeWatcher
from gemledger_collector.api.context import Ask, iso
from gemledger_collector.config_values import nanoseconds

Json = dict[str, Any]
NANO = 10**9

router = APIRouter(tags=["alerts"])


@router.get("/api/v1/spikes")
def spikes(ask: Ask) -> Json:
    """Every configured spike with its groups, dearest usual first; amounts are picoUSD an hour, as decimal strings."""
    config = ask.config.alerts
    watcher = SpikeWatcher(config.spikes, ask.minutes)
    watch = Watch(ask.clock(), nanoseconds(config.lateness))
    with ask.store.reading() as snapshot:
        found = watcher.standing(snapshot, watch)
    return {
        "spikes": [
            {
                "name": spike.name,
                "floor_pico_usd": str(spike.floor_pico_usd),
                "groups": [_group(each) for each in _ordered(found) if each.spike == spike.name],
            }
            for spike in config.spikes
        ]
    }


def _ordered(found: Iterable[Standing]) -> list[Standing]:
    return sorted(found, key=lambda each: (-each.usual_pico_usd, sorted(each.labels.items())))


def _group(standing: Standing) -> Json:
    return {
        "labels": dict(standing.labels),
        "state": "learning" if standing.learning else "ready",
        "known_since": _moment(standing.known_since),
        "ready_at": _moment(standing.ready_at),
        "compared_with": standing.compared_with,
        "usual_pico_usd": str(standing.usual_pico_usd),
        "high_pico_usd": str(standing.high_pico_usd),
        "observed_pico_usd": str(standing.observed_pico_usd),
        "limit_pico_usd": str(standing.limit_pico_usd),
    }


def _moment(unix_seconds: int | None) -> str | None:
    return None if unix_seconds is None else iso(unix_seconds * NANO)
