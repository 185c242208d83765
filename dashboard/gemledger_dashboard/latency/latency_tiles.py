"""Times, failures and limits in a few figures and sentences. Pure."""

from collections.abc import Mapping, Sequence
from zoneinfo import ZoneInfo

from gemledger_dashboard.drawing import formats
from gemledger_dashboard.drawing.tiles import Tile
from gemledger_dashboard.frame import narrowing
from gemledger_dashboard.latency import since_when
from gemledger_dashboard.latency.latency_answers import (
    DURATION,
    FIRST_CHUNK,
    Errors,
    Latency,
    RateLimits,
    Times,
)
from gemledger_dashboard.latency.latency_tables import WINDOWS, model_of
from gemledger_dashboard.latency.since_when import Bar, Departure
from gemledger_dashboard.spend.spend_answers import Spend

_WITHIN = "Read from histograms: within 2.5 % of the exact percentile."


def row(latency: Latency, errors: Errors, limits: RateLimits) -> list[Tile]:
    """How long, how often wrong, and how much of the tightest limit is left."""
    whole, first = latency.total(DURATION), latency.total(FIRST_CHUNK)
    timed = "no call was timed" if whole is None else f"of {formats.plural(whole.calls, 'call')}"
    return [
        Tile("Half within (p50)", _seconds(whole, "p50"), timed, _WITHIN),
        Tile(
            "95 % within (p95)",
            _seconds(whole, "p95"),
            f"99 % within {_seconds(whole, 'p99')}",
            _WITHIN,
        ),
        _first_chunk(first),
        _failed(errors),
        headroom(limits),
    ]


def headroom(limits: RateLimits) -> Tile:
    """The tightest limit of all that are known."""
    label = "Rate limit left"
    known = [
        (used, account)
        for account in limits.accounts
        for used in account.windows
        if used.headroom_ratio is not None
    ]
    if not known:
        note = "no limit is known: none is configured, and no call was refused"
        return Tile(label, formats.MISSING, note)
    used, account = min(known, key=lambda each: each[0].headroom_ratio or 0)
    note = f"{WINDOWS.get(used.name, used.name)} of {model_of(account)}, {used.limits[0].source}"
    meaning = "The tightest, now, of all calls, whatever is chosen on the left."
    return Tile(label, formats.percent(used.headroom_ratio), note, meaning)


def slow_series(latency: Latency, by: str, metric: str) -> dict[str, list[Bar]]:
    """The p95 of each group over time."""
    series: dict[str, list[Bar]] = {}
    for each in latency.rows:
        if each.metric == metric and each.bucket_start is not None:
            bar = Bar(each.bucket_start, each.calls, each.seconds["p95"])
            series.setdefault(narrowing.shown(each.keys[by] or ""), []).append(bar)
    return series


def failing_series(spend: Spend, errors: Errors, by: str) -> dict[str, list[Bar]]:
    """The share of each group's calls that failed or were withheld, over time."""
    wrong: dict[object, int] = {}
    for row in errors.rows:
        place = (row.bucket_start, row.keys[by])
        wrong[place] = wrong.get(place, 0) + row.figures.calls
    series: dict[str, list[Bar]] = {}
    for each in spend.rows:
        if each.bucket_start is None or each.sums.calls <= 0:
            continue
        share = wrong.get((each.bucket_start, each.keys[by]), 0) / each.sums.calls
        bar = Bar(each.bucket_start, each.sums.calls, share)
        series.setdefault(narrowing.shown(each.keys[by] or ""), []).append(bar)
    return series


def slower_words(found: Sequence[Departure], zone: ZoneInfo) -> list[str]:
    """Since when which group is slow, in sentences."""
    return [
        f"Slow: {each.name} since {formats.instant(each.since, zone)}. Its p95 is "
        f"{formats.seconds(each.latest)}, usually {formats.seconds(each.usual)}."
        for each in found
    ]


def failing_words(
    found: Sequence[Departure], kinds: Mapping[str, str], zone: ZoneInfo
) -> list[str]:
    """Since when which group fails, and with what mostly, in sentences."""
    return [
        f"Failing: {each.name} since {formats.instant(each.since, zone)}. "
        f"{formats.percent(each.latest)} of its calls fail or are withheld, usually "
        f"{formats.percent(each.usual)}"
        + (f"; in this time range mostly {kinds[each.name]}." if each.name in kinds else ".")
        for each in found
    ]


def how() -> str:
    """By what rule something counts as slow or failing."""
    return (
        "Usual is the median of a group's bars. Slow: the last bars are above "
        f"{since_when.SLOWER} times that. Failing: above twice the usual share, and at least "
        f"two points above it. Bars of fewer than {since_when.FEWEST_CALLS} calls are not looked at."
    )


def _first_chunk(first: Times | None) -> Tile:
    label = "First chunk (p95)"
    meaning = f"Of streams only: from the request to the first part of the answer. {_WITHIN}"
    if first is None:
        return Tile(label, formats.MISSING, "no streamed call", meaning)
    half = formats.seconds(first.seconds["p50"])
    return Tile(
        label,
        _seconds(first, "p95"),
        f"of {formats.plural(first.calls, 'stream')}; half within {half}",
        meaning,
    )


def _failed(errors: Errors) -> Tile:
    note = " | ".join(
        (
            f"{formats.count(errors.errors)} failed",
            f"{formats.count(errors.withheld)} withheld",
            formats.plural(errors.retries, "retry").replace("retrys", "retries"),
        )
    )
    meaning = (
        "Withheld: answered, and blocked by a safety filter; the prompt is billed. Retries also of calls "
        "that went well in the end."
    )
    wrong = errors.errors + errors.withheld
    return Tile("Failed or withheld", formats.share(wrong, errors.calls), note, meaning)


def _seconds(times: Times | None, quantile: str) -> str:
    return formats.MISSING if times is None else formats.seconds(times.seconds[quantile])
