"""``GET /api/v1/services``, and the same as metrics: who reports, and who used to."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from fastapi import APIRouter

from gemledger_collector.api.context import Ask, Context, iso
from gemledger_collector.exposition import Metric, Sample, lines
from gemledger_collector.metrics.calls import MOST_SERVICES
from gemledger_collector.quiet_services import DAY, HOUR, WEEK, Habit, habit
from gemledger_collector.storage.service_activity import Activity, activities

router = APIRouter()

QUIET = Metric(
    "services_quiet", "gauge", "Services that used to report and went quiet.", prefix="gemledger_"
)
SILENT_TOKENS = Metric(
    "services_without_tokens",
    "gauge",
    "Services whose latest calls tell of no tokens, though earlier ones did.",
    prefix="gemledger_",
)
LAST_SEEN = Metric(
    "service_last_seen_timestamp_seconds",
    "gauge",
    "Unix time of the latest call of each service.",
    label="service",
    prefix="gemledger_",
)
METRICS = (QUIET, SILENT_TOKENS, LAST_SEEN)


@dataclass(frozen=True, slots=True)
class Service:
    """One service, and what it is used to."""

    activity: Activity
    habit: Habit


def services(ask: Context) -> list[Service]:
    """Everybody who called in the last 30 days: quiet ones first, then by name."""
    now, exact = ask.clock(), ask.pipeline.calls.last_starts()
    with ask.store.reading() as snapshot:
        found = activities(snapshot, now)
    known = [Service(each, habit(each, now // 10**9, _seconds(exact, each))) for each in found]
    return sorted(known, key=lambda one: (not one.habit.quiet, one.activity.service))


@router.get("/api/v1/services")
def get_services(ask: Ask) -> dict[str, object]:
    """Services that called in the last 30 days, quiet ones first.

    ``quiet`` is who has been silent for longer than an hour and three times its usual gap (of which 1 in 100 is
    longer), unless it was as silent a week ago; ``no_tokens`` is whose latest 20 answered requests told of no token
    though earlier ones did. ``usual_gap_seconds`` is null where too little is known. ``last_seen`` is the latest
    start of a call; of before the collector started, the end of its quarter of an hour.
    """
    now = ask.clock()
    found = services(ask)
    return {
        "at": iso(now),
        "quiet": sum(one.habit.quiet for one in found),
        "services": [_row(one, now // 10**9) for one in found],
    }


def _row(one: Service, now: int) -> dict[str, object]:
    activity, known = one.activity, one.habit
    return {
        "service": activity.service,
        "first_seen": iso(activity.first_slot * 10**9),
        "last_seen": iso(known.last_seen * 10**9),
        "calls_last_hour": activity.calls_since(now - HOUR),
        "calls_last_day": activity.calls_since(now - DAY),
        "calls_last_week": activity.calls_since(now - WEEK),
        "usual_gap_seconds": known.usual_gap_seconds,
        "quiet": known.quiet,
        "quiet_since": iso(known.quiet_since * 10**9) if known.quiet_since is not None else None,
        "no_tokens": known.tells_no_tokens,
    }


def _seconds(exact: Mapping[str, int], activity: Activity) -> int | None:
    start = exact.get(activity.service)
    return None if start is None else start // 10**9


def metrics_text(ask: Context) -> str:
    """In Prometheus text; the first 50 services that ever called have series of their own."""
    return "".join(_text(services(ask)))


def _text(found: list[Service]) -> Iterator[str]:
    yield from lines(QUIET, [Sample(sum(one.habit.quiet for one in found))])
    yield from lines(SILENT_TOKENS, [Sample(sum(one.habit.tells_no_tokens for one in found))])
    eldest = sorted(found, key=lambda one: (one.activity.first_slot, one.activity.service))
    yield from lines(
        LAST_SEEN,
        (
            Sample(one.habit.last_seen, (("service", one.activity.service),))
            for one in eldest[:MOST_SERVICES]
        ),
    )
