"""POST /api/v1/budgets/check: may this be spent? And what became of the money that was set aside for it."""

import json
from datetime import timedelta
from decimal import Decimal
from typing import Annotated, Any, Self
from uuid import uuid4
from zoneinfo import ZoneInfo

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from gemledger_collector.alerts.periods import moment
from gemledger_collector.alerts.reservations import Asked, Decision, Desk, Standing
from gemledger_collector.api.context import Ask, Context, iso
from gemledger_collector.config_values import PICO_USD, Duration, Usd, nanoseconds
from gemledger_collector.storage.budget_spend import DIMENSIONS
from gemledger_collector.storage.reservations import ReservationRow

Json = dict[str, Any]
SHORTEST, LONGEST = timedelta(seconds=1), timedelta(days=1)
MOST_PICO_USD = 9_000_000 * PICO_USD
_LONGEST_LABEL = 256

router = APIRouter(tags=["budgets"])


class Check(BaseModel):
    """For whom how much is to be spent; and whether it is to be set aside, until when, and for how many calls."""

    model_config = ConfigDict(extra="forbid")

    labels: dict[str, Annotated[str, Field(max_length=_LONGEST_LABEL)]] = Field(
        default_factory=dict, description="team, feature, model, …: as the call will carry them"
    )
    amount_usd: Usd | None = None
    amount_pico_usd: Annotated[int, Field(gt=0, le=MOST_PICO_USD)] | None = None
    expires_in: Duration = timedelta(minutes=5)
    calls: Annotated[int, Field(ge=1, le=1_000_000)] | None = 1
    reserve: bool = True

    @field_validator("labels")
    @classmethod
    def _labels_are_known(cls, given: dict[str, str]) -> dict[str, str]:
        unknown = sorted(set(given) - set(DIMENSIONS))
        if unknown:
            raise ValueError(
                f"{unknown[0]!r} is nothing budgets know; give any of {', '.join(DIMENSIONS)}"
            )
        return given

    @model_validator(mode="after")
    def _one_amount(self) -> Self:
        if (self.amount_usd is None) == (self.amount_pico_usd is None):
            raise ValueError("give one of amount_usd and amount_pico_usd")
        if not SHORTEST <= self.expires_in <= LONGEST:
            raise ValueError(f"expires_in {self.expires_in} is not between 1s and 1d; give 30s, 5m")
        return self

    @property
    def pico_usd(self) -> int:
        """The amount that was given."""
        return self.amount_pico_usd or int((self.amount_usd or Decimal(0)) * PICO_USD)


@router.post("/api/v1/budgets/check")
def check(ask: Ask, body: Check) -> Json:
    """Ask before spending. Being refused is an answer like any other: ``allowed`` is false, and ``reason`` says why.

    Every budget that the labels belong to must have the amount left: limit times refuse_at, less what is spent in
    its period and what others have reserved. With ``reserve`` the amount is set aside under the answer's reservation_id
    until ``calls`` calls that carry it have ended, it is released, or it expires.
    """
    now = ask.clock()
    asked = Asked(body.labels, body.pico_usd, now + nanoseconds(body.expires_in), body.calls)
    desk = _desk(ask)
    decision = (
        desk.reserve(asked, f"rsv_{uuid4().hex}", now) if body.reserve else desk.check(asked, now)
    )
    ask.telemetry.add("budget_checks_total", reason=_answer(decision))
    return _shown(decision)


@router.get("/api/v1/budgets/reservations/{reservation_id}")
def reservation(ask: Ask, reservation_id: str) -> Json:
    """One reservation: what is left of it, and what the calls under it cost; until a day after its expiry."""
    return _reservation(_desk(ask).reservation(reservation_id), ask.clock())


@router.post("/api/v1/budgets/reservations/{reservation_id}/release")
def release(ask: Ask, reservation_id: str) -> Json:
    """Give back what is left of a reservation. Doing so twice is no error, nor is it too late after the last call."""
    now = ask.clock()
    return _reservation(_desk(ask).release(reservation_id, now), now)


def _desk(ask: Context) -> Desk:
    return Desk(ask.store, ask.config.alerts, ask.spend)


def _answer(decision: Decision) -> str:
    if not decision.allowed:
        return "refused"
    return "allowed" if decision.reservation_id is None else "reserved"


def _shown(decision: Decision) -> Json:
    reserved = decision.reservation_id is not None
    return {
        "allowed": decision.allowed,
        "reason": decision.reason,
        "reservation_id": decision.reservation_id,
        "expires_at": iso(decision.asked.expires_at_unix_nano) if reserved else None,
        "amount_pico_usd": str(decision.asked.amount_pico_usd),
        "budgets": [_standing(each, decision) for each in decision.standings],
    }


def _standing(standing: Standing, decision: Decision) -> Json:
    budget, period = standing.budget, standing.period
    zone = ZoneInfo(budget.timezone)
    return {
        "name": budget.name,
        "group": standing.group_labels,
        "allowed": standing not in decision.refusing,
        "period_start": moment(period.start_unix_nano, zone).isoformat(),
        "period_end": moment(period.end_unix_nano, zone).isoformat(),
        "limit_pico_usd": str(budget.limit_pico_usd),
        "refuse_at_percent": budget.refuse_at,
        "spent_pico_usd": str(standing.spent_pico_usd),
        "reserved_pico_usd": str(standing.reserved_pico_usd),
        "left_pico_usd": str(standing.left_pico_usd),
    }


def _reservation(row: ReservationRow, now: int) -> Json:
    settled = row.settled_pico_usd or 0
    state = _state(row, now)
    open_pico_usd = max(row.amount_pico_usd - settled, 0) if state == "open" else 0
    return {
        "reservation_id": row.reservation_id,
        "state": state,
        "labels": json.loads(row.labels),
        "budgets": sorted({key.partition("\x1f")[0] for key in json.loads(row.budgets)}),
        "amount_pico_usd": str(row.amount_pico_usd),
        "spent_pico_usd": str(settled),
        "open_pico_usd": str(open_pico_usd),
        "calls": row.calls,
        "ended_calls": row.ended_calls,
        "created_at": iso(row.created_at_unix_nano),
        "expires_at": iso(row.expires_at_unix_nano),
    }


def _state(row: ReservationRow, now: int) -> str:
    if row.released_at_unix_nano is not None:
        return "released"
    if row.settled_at_unix_nano is not None:
        return "settled"
    return "open" if row.expires_at_unix_nano > now else "expired"
