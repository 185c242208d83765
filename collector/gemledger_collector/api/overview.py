"""``GET /api/v1/overview``: how much, against what budget, whether anything is wrong, what changed; in one answer."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from gemledger_collector.api import overview_rows as rows
from gemledger_collector.api.breakdowns import Only
from gemledger_collector.api.context import Ask, Instant, ZoneName, unix_nano
from gemledger_collector.api.overview_answer import Overview
from gemledger_collector.overview import gather, wrong
from gemledger_collector.overview.moment import moment_of

router = APIRouter()


@router.get("/api/v1/overview")
def get_overview(
    ask: Ask,
    only: Annotated[Only, Depends()],
    at: Annotated[Instant | None, Query(description="default: now")] = None,
    timezone: ZoneName = "UTC",
    month_starts_on: Annotated[int, Query(ge=1, le=28)] = 1,
) -> Overview:
    """Spend of today and of the month, its forecast, budgets, what fires, quality, and what changed.

    As of a moment: calls that began later are not counted, to the quarter of an hour. Filters choose calls for spend,
    forecast and movers; ``not_narrowed`` says what is of all calls. Of calls that have no price ``unpriced_calls``
    tells, beside every total. Money is picoUSD in decimal strings.
    """
    moment = ask.clock() if at is None else unix_nano(at)
    about = moment_of(moment, timezone, month_starts_on)
    exact = ask.pipeline.calls.last_starts() if at is None else {}
    known = gather.Known(ask.config, ask.book)
    with ask.store.reading() as snapshot:
        found = gather.overview(snapshot, known, about, only.chosen)
        alerts = wrong.alerts(snapshot, ask.config.alerts, moment)
        services = wrong.services(snapshot, moment, exact)
    return rows.overview(found, about, only.chosen, rows.wrong(alerts, services))
