"""Quality for money and what people say, typed; and the collector's JSON made into that. Money is picoUSD."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from gemledger_dashboard.drawing.formats import parse_pico
from gemledger_dashboard.spend.sums import Json

Answered = tuple[str, str]
"""Trace and span of a call."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A value inside its interval; None where there is none, or no such end."""

    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Money:
    """The same as an amount."""

    value_pico_usd: int | None
    low_pico_usd: int | None
    high_pico_usd: int | None


@dataclass(frozen=True, slots=True)
class ValueRow:
    """What a group of calls cost, and how good its judged answers were."""

    keys: Mapping[str, str | None]
    calls: int
    unpriced_calls: int
    cost_pico_usd: int
    judged: int
    cost_per_call: Money
    good_rate: Figure
    good_per_usd: Figure


@dataclass(frozen=True, slots=True)
class Pair:
    """One model or version that could do the work of a dearer one."""

    feature: str | None
    instead_of: str | None
    use: str | None
    judged_instead_of: int
    judged_use: int
    quality_difference: Figure
    saving_per_call: Money
    saving_per_month: Money
    calls_per_month: int
    verdict: str


@dataclass(frozen=True, slots=True)
class Value:
    """Groups in one dimension of quality, and the pairs among them."""

    by: str
    dimension: str | None
    dimensions: tuple[str, ...]
    rows: tuple[ValueRow, ...]
    pairs: tuple[Pair, ...]
    margin: float
    least_judged: int
    interval: str


@dataclass(frozen=True, slots=True)
class ThumbsRow:
    """What people said of the answers of one group of calls."""

    keys: Mapping[str, str | None]
    up: int
    down: int
    comments: int
    unmatched: int
    down_rate: Figure
    mean_score: Figure


@dataclass(frozen=True, slots=True)
class Thumbs:
    """The groups, and all of them together."""

    rows: tuple[ThumbsRow, ...]
    totals: ThumbsRow
    interval: str


@dataclass(frozen=True, slots=True)
class Said:
    """Of one call: how many liked the answer, and how many did not."""

    up: int
    down: int


def value(body: Json) -> Value:
    """`/api/v1/quality/value`."""
    by = body["by"]
    keys = ("feature", "prompt_version") if by == "prompt_version" else (by,)
    return Value(
        by=by,
        dimension=body["dimension"],
        dimensions=tuple(body["dimensions"]),
        rows=tuple(_row(row, keys) for row in body["rows"]),
        pairs=tuple(_pair(pair, by) for pair in body["pairs"]),
        margin=float(body["margin"]),
        least_judged=int(body["least_judged"]),
        interval=str(body["interval"]),
    )


def thumbs(body: Json) -> Thumbs:
    """`/api/v1/feedback/summary`."""
    by = tuple(body["by"])
    return Thumbs(
        rows=tuple(_thumbs(row, by) for row in body["rows"]),
        totals=_thumbs(body["totals"], ()),
        interval=str(body["interval"]),
    )


def said(body: Json) -> Mapping[Answered, Said]:
    """`/api/v1/feedback`: thumbs by trace and span of the call, of those that count."""
    counted = Counter(
        (row["trace_id"], row["span_id"], row["thumbs"])
        for row in body["feedback"]
        if row["counts"] and row["matched"] and row["thumbs"] is not None
    )
    calls = {(trace, span) for trace, span, _ in counted}
    return {call: Said(counted[(*call, "up")], counted[(*call, "down")]) for call in calls}


def _row(row: Json, keys: tuple[str, ...]) -> ValueRow:
    return ValueRow(
        keys={key: row[key] for key in keys},
        calls=int(row["calls"]),
        unpriced_calls=int(row["unpriced_calls"]),
        cost_pico_usd=parse_pico(row["cost_pico_usd"]),
        judged=int(row["judged"]),
        cost_per_call=_money(row, "cost_per_call"),
        good_rate=_figure(row, "good_rate"),
        good_per_usd=_figure(row, "good_per_usd"),
    )


def _pair(pair: Json, by: str) -> Pair:
    return Pair(
        feature=pair["feature"],
        instead_of=pair["instead_of"][by],
        use=pair["use"][by],
        judged_instead_of=int(pair["instead_of"]["judged"]),
        judged_use=int(pair["use"]["judged"]),
        quality_difference=_figure(pair, "quality_difference"),
        saving_per_call=_money(pair, "saving_per_call"),
        saving_per_month=_money(pair, "saving_per_month"),
        calls_per_month=int(pair["calls_per_month"]),
        verdict=str(pair["verdict"]),
    )


def _thumbs(row: Json, keys: tuple[str, ...]) -> ThumbsRow:
    return ThumbsRow(
        keys={key: row[key] for key in keys},
        up=int(row["up"]),
        down=int(row["down"]),
        comments=int(row["comments"]),
        unmatched=int(row["unmatched"]),
        down_rate=_figure(row, "down_rate"),
        mean_score=_figure(row, "mean_score"),
    )


def _figure(row: Json, name: str) -> Figure:
    parts = (row[name + end] for end in ("", "_low", "_high"))
    return Figure(*(None if part is None else float(part) for part in parts))


def _money(row: Json, name: str) -> Money:
    parts = (row[f"{name}_pico_usd{end}"] for end in ("", "_low", "_high"))
    return Money(*(None if part is None else parse_pico(part) for part in parts))
