"""`/api/v1/overview` made into `overview_answers`. Pure; what is not as agreed raises, nothing is guessed."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, TypeVar

from gemledger_dashboard.drawing.formats import parse_pico
from gemledger_dashboard.overview.overview_answers import (
    End,
    Firing,
    Judged,
    Movement,
    Mover,
    NewUse,
    Overview,
    Quiet,
    Rate,
    Spent,
    Standing,
    Wrong,
)
from gemledger_dashboard.spend.sums import Json, Sums

T = TypeVar("T")


def overview(body: Json) -> Overview:
    """`/api/v1/overview`."""
    return Overview(
        tuple(str(name) for name in body["not_narrowed"]),
        _moment(body["month_end"]),
        _spent(body["today"]),
        _spent(body["month"]),
        _maybe(_spent, body["same_days"]),
        _maybe(_standing, body["forecast"]),
        tuple(_standing(row) for row in body["budgets"]),
        int(body["budget_count"]),
        _wrong(body["alerts"], body["services"]),
        tuple(_judged(row) for row in body["quality"]),
        _maybe(_movement, body["changed"]),
        tuple(_new_use(row) for row in body["changes"]),
    )


def _spent(row: Json) -> Spent:
    return Spent(_moment(row["since"]), _moment(row["until"]), Sums.parse(row["totals"]))


def _standing(row: Json) -> Standing:
    return Standing(
        str(row["name"]),
        {str(name): str(value) for name, value in row["labels"].items()},
        str(row["period"]),
        _moment(row["period_end"]),
        _maybe(parse_pico, row["limit_pico_usd"]),
        parse_pico(row["spent_pico_usd"]),
        _maybe(_end, row["end"]),
    )


def _end(row: Json) -> End:
    low, likely, high = (parse_pico(row[f"{name}_pico_usd"]) for name in ("low", "likely", "high"))
    return End(low, likely, high, _maybe(float, row["probability_over"]))


def _judged(row: Json) -> Judged:
    rates = (_maybe(_rate, row[name]) for name in ("rate", "corrected", "rate_before"))
    return Judged(str(row["dimension"]), str(row["word"]), int(row["judged"]), *rates)


def _rate(row: Json) -> Rate:
    return Rate(float(row["value"]), float(row["low"]), float(row["high"]))


def _wrong(alerts: Json, services: Json) -> Wrong:
    return Wrong(
        tuple(_firing(row) for row in alerts["firing"]),
        int(alerts["firing_count"]),
        int(alerts["pending_count"]),
        int(alerts["no_data_count"]),
        int(services["count"]),
        int(services["quiet_count"]),
        tuple(Quiet(str(row["service"]), _moment(row["last_seen"])) for row in services["quiet"]),
    )


def _firing(row: Json) -> Firing:
    return Firing(
        str(row["rule"]),
        str(row["severity"]),
        _maybe(int, row["threshold_percent"]),
        _moment(row["firing_since"]),
        str(row["summary"]),
        str(row["cause"]),
        tuple(str(mute["words"]) for mute in row["muted_by"]),
    )


def _movement(row: Json) -> Movement:
    return Movement(
        str(row["compared"]),
        _moment(row["before_since"]),
        _moment(row["before_until"]),
        parse_pico(row["spent_pico_usd"]),
        parse_pico(row["before_pico_usd"]),
        _movers(row["movers"]),
        int(row["other_count"]),
    )


def _movers(rows: Sequence[Json]) -> tuple[Mover, ...]:
    return tuple(
        Mover(
            _maybe(str, row["team"]),
            _maybe(str, row["feature"]),
            parse_pico(row["before_pico_usd"]),
            parse_pico(row["change_pico_usd"]),
            str(row["cause"]),
        )
        for row in rows
    )


def _new_use(row: Json) -> NewUse:
    return NewUse(
        _moment(row["time"]),
        str(row["kind"]),
        _maybe(str, row["feature"]),
        str(row["before"]),
        str(row["after"]),
    )


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _maybe(parse: Callable[[Any], T], value: Any) -> T | None:  # noqa: ANN401 - JSON
    return None if value is None else parse(value)
