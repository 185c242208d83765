"""``GET /api/v1/report``: one day on a page, for people and for programs."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response
from fastapi.responses import JSONResponse

from gemledger_collector.api.context import Ask, ZoneName
from gemledger_collector.reports.as_json import as_json
from gemledger_collector.reports.composing import compose
from gemledger_collector.reports.days import parse_day
from gemledger_collector.reports.gather import gather
from gemledger_collector.reports.html import POLICY, html
from gemledger_collector.reports.markdown import markdown

router = APIRouter(tags=["reports"])

_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {
            "application/json": {"schema": {"type": "object"}},
            "text/html": {"schema": {"type": "string"}},
            "text/markdown": {"schema": {"type": "string"}},
        }
    }
}


@router.get("/api/v1/report", response_class=Response, responses=_ANSWERS)
def get_report(
    ask: Ask,
    day: Annotated[
        str | None, Query(description="such as 2026-11-28; default: yesterday", max_length=20)
    ] = None,
    timezone: ZoneName = "UTC",
    format: Literal["json", "html", "markdown"] = "json",  # noqa: A002 - as it is asked for
) -> Response:
    """A day of a zone: spend, quality, alerts, changes, errors; beside the day before and the same weekday before.

    ``html`` is a page that loads nothing and runs nothing, ``markdown`` is as GitHub renders it. Money in JSON is
    picoUSD in decimal strings. No prompt and no answer is in it.
    """
    wanted = None if day is None else parse_day(day)
    with ask.store.reading() as snapshot:
        report = gather(snapshot, ask.config, ask.book, wanted, timezone, ask.clock())
    if format == "html":
        headers = {"Content-Security-Policy": POLICY}
        return Response(html(compose(report)), media_type="text/html", headers=headers)
    if format == "markdown":
        return Response(markdown(compose(report)), media_type="text/markdown")
    return JSONResponse(as_json(report))
