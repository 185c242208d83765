"""``/metrics``: the collector's own counters, and those of the calls, for Prometheus."""

from collections.abc import Callable, Iterator

from fastapi import APIRouter
from fastapi.responses import PlainTextResponse

import gemledger_collector
from gemledger_collector.api import alert_metrics, rate_limits, services
from gemledger_collector.api.context import Ask, Context
from gemledger_collector.errors import Overloaded
from gemledger_collector.exposition import CONTENT_TYPE, Metric, Sample, lines
from gemledger_collector.metrics import calls, process
from gemledger_collector.storage.recent import recent, room
from gemledger_collector.telemetry import METRICS

router = APIRouter()

COST_PER_HOUR = Metric(
    "cost_usd_per_hour",
    "gauge",
    "Cost of calls that began in the last 45 to 60 minutes, as dollars an hour.",
    prefix="gemledger_",
)
CACHE_HITS = Metric(
    "cache_hit_ratio",
    "gauge",
    "Share of the last hour's input tokens that came out of a cache; absent without input.",
    prefix="gemledger_",
)
USED = Metric("store_used_bytes", "gauge", "Bytes of the database file that hold something.")
FREE = Metric("disk_free_bytes", "gauge", "Free bytes on the disk of the database file.")
OF_THE_STORE = (COST_PER_HOUR, CACHE_HITS, USED, FREE)
EVERY_METRIC = (
    *METRICS,
    *process.METRICS,
    *calls.METRICS,
    *OF_THE_STORE,
    *services.METRICS,
    *rate_limits.METRICS,
    *alert_metrics.METRICS,
)
"""All that can be on the page; docs/monitoring.md has a line for each."""


@router.get("/metrics", response_class=PlainTextResponse)
def metrics(ask: Ask) -> PlainTextResponse:
    """The collector's own counters, and those of the calls, for Prometheus."""
    build = process.Build(gemledger_collector.__version__, ask.price_book)
    text = "".join(
        [
            ask.telemetry.render(),
            process.render(build, ask.started_at_unix_nano, ask.clock()),
            ask.pipeline.calls.render(),
            *(_unless_busy(part, ask) for part in _PARTS),
        ]
    )
    return PlainTextResponse(text, media_type=CONTENT_TYPE)


def _unless_busy(part: Callable[[Context], str], ask: Context) -> str:
    """Nothing while the store cannot be read: the counters must not go with it."""
    try:
        return part(ask)
    except Overloaded:
        return ""


def _store(ask: Context) -> str:
    return "".join(_store_text(ask))


def _store_text(ask: Context) -> Iterator[str]:
    with ask.store.reading() as snapshot:
        hour = recent(snapshot, ask.clock())
    yield from lines(COST_PER_HOUR, [Sample(hour.cost_pico_usd_per_hour / 1e12)])
    if hour.cache_hit_ratio is not None:
        yield from lines(CACHE_HITS, [Sample(hour.cache_hit_ratio)])
    has = room(ask.store)
    yield from lines(USED, [Sample(has.used_bytes)])
    yield from lines(FREE, [Sample(has.free_disk_bytes)])


_PARTS = (_store, services.metrics_text, rate_limits.metrics_text, alert_metrics.metrics_text)
