"""``GET /api/v1/rate-limits``, and the same as metrics: how much of Google's rate limits is left."""

from collections.abc import Iterable, Iterator, Sequence

from fastapi import APIRouter

from gemledger_collector.api.context import Ask, Context, iso
from gemledger_collector.exposition import Labels, Metric, Sample, lines
from gemledger_collector.rate_limits_config import MEASURES
from gemledger_collector.storage.rate_limits import (
    CONFIGURED,
    Limit,
    Usage,
    Used,
    day_label,
    pacific_day,
    rate_limits,
)

router = APIRouter()

MOST_SERIES = 60
"""Models times accounts that have metrics of their own; the rest is told together, as ``other``."""

HEADROOM = Metric(
    "rate_limit_headroom_ratio",
    "gauge",
    "Share that is left of a rate limit, by window.",
    prefix="gemledger_",
)
USED = Metric(
    "rate_limit_used",
    "gauge",
    "What was used of a model in the last minute and in the Pacific day.",
    prefix="gemledger_",
)
REQUESTS = Metric(
    "requests_per_minute",
    "gauge",
    "Requests of the last 60 seconds, of all models.",
    prefix="gemledger_",
)
INPUT_TOKENS = Metric(
    "input_tokens_per_minute",
    "gauge",
    "Input tokens of the last 60 seconds, of all models.",
    prefix="gemledger_",
)
METRICS = (HEADROOM, USED, REQUESTS, INPUT_TOKENS)


@router.get("/api/v1/rate-limits")
def get_rate_limits(ask: Ask) -> dict[str, object]:
    """What each model, project and key used in the last 60 seconds and in the Pacific day, beside its limits.

    ``limits`` has all that is known, the one that counts first. ``peak`` is the busiest minute of the day. A model
    without any limit has a measure all the same, and no headroom.
    """
    now = ask.clock()
    day = pacific_day(now)
    with ask.store.reading() as snapshot:
        found = rate_limits(snapshot, now, _configured(ask))
    return {
        "at": iso(now),
        "day": day_label(day),
        "day_starts_at": iso(day.start * 10**9),
        "day_ends_at": iso(day.end * 10**9),
        "rows": [_row(usage) for usage in found],
    }


def _configured(ask: Context) -> list[Limit]:
    return [
        Limit(one.model, one.project, one.key_digest, *MEASURES[name], limit, CONFIGURED)
        for one in ask.config.extensions.rate_limits
        for name, limit in one.limits()
    ]


def _row(usage: Usage) -> dict[str, object]:
    return {
        "model": usage.account.model,
        "project": usage.account.project or None,
        "key_digest": usage.account.key_digest or None,
        "headroom_ratio": usage.headroom_ratio,
        "windows": [_window(used) for used in usage.windows],
        "refused_calls": dict(usage.refused),
        "retry_delay_seconds": usage.retry_delay_seconds,
        "last_refused_at": iso(usage.last_refused_unix_nano),
    }


def _window(used: Used) -> dict[str, object]:
    return {
        "name": used.name,
        "unit": used.unit,
        "window": used.window,
        "measured": used.measured,
        "peak": used.peak,
        "limit": used.limits[0].limit if used.limits else None,
        "headroom_ratio": used.headroom_ratio,
        "resets_in_seconds": used.resets_in_seconds,
        "limits": [
            {
                "limit": limit.limit,
                "source": limit.source,
                "quota_id": limit.quota_id,
                "learned_at": iso(limit.learned_unix_nano),
            }
            for limit in used.limits
        ],
    }


def metrics_text(ask: Context) -> str:
    """What is measured, and what is left of known limits, in Prometheus text."""
    with ask.store.reading() as snapshot:
        found = rate_limits(snapshot, ask.clock(), _configured(ask), peaks=False)
    shown = [(_labels(usage), [usage]) for usage in found[:MOST_SERIES]]
    shown.append((_OTHER, found[MOST_SERIES:]))
    headroom = (each for labels, usages in shown for each in _headroom(labels, usages))
    used = (each for labels, usages in shown for each in _measured(labels, usages))
    minute = {REQUESTS: "requests_per_minute", INPUT_TOKENS: "input_tokens_per_minute"}
    totals = (
        line
        for metric, name in minute.items()
        for line in lines(metric, [Sample(sum(one.measured for one in _windows(found, name)))])
    )
    return "".join((*lines(HEADROOM, headroom), *lines(USED, used), *totals))


def _headroom(labels: Labels, usages: Sequence[Usage]) -> Iterator[Sample]:
    """The tightest of several, each window by itself."""
    for name in MEASURES:
        ratios = [used.headroom_ratio for used in _windows(usages, name)]
        known = [ratio for ratio in ratios if ratio is not None]
        if known:
            yield Sample(min(known), (*labels, ("window", name)))


def _measured(labels: Labels, usages: Sequence[Usage]) -> Iterator[Sample]:
    """The sum of several, each window by itself."""
    for name in MEASURES if usages else ():
        total = sum(used.measured for used in _windows(usages, name))
        yield Sample(total, (*labels, ("window", name)))


def _windows(usages: Iterable[Usage], name: str) -> Iterator[Used]:
    return (used for usage in usages for used in usage.windows if used.name == name)


def _labels(usage: Usage) -> Labels:
    account = usage.account
    return (
        ("model", account.model),
        ("project", account.project or ""),
        ("key", account.key_digest or ""),
    )


_OTHER = (("model", "other"), ("project", "other"), ("key", "other"))
