"""``POST /api/v1/sql``: a person's SQL, answered as JSON or as an Arrow stream; stopped when the person hangs up."""

import asyncio
from collections.abc import Callable
from typing import Annotated, Any

import anyio.to_thread
from fastapi import APIRouter, Header, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from gemledger_collector.api.context import Ask, Context, Who
from gemledger_collector.api.json_values import sent
from gemledger_collector.api.noting import beginning_of, note
from gemledger_collector.errors import Overloaded
from gemledger_collector.storage.sql_turns import Stop
from gemledger_collector.storage.user_sql import Asking, Bounds

router = APIRouter(tags=["sql"])

ARROW = "application/vnd.apache.arrow.stream"
TRUNCATED = "Gemledger-Truncated"
_INSIST_SECONDS = 0.05

Scalar = str | int | float | bool | None


class SqlRequest(BaseModel):
    """One SELECT, a value for each ``?`` or ``$name`` in it, and how many rows at most."""

    model_config = ConfigDict(extra="forbid")

    sql: str = Field(min_length=1, max_length=100_000)
    params: list[Scalar] | dict[str, Scalar] = Field(default_factory=list)
    max_rows: int = Field(default=10_000, ge=1, le=100_000)


class SqlColumn(BaseModel):
    """A column's name and DuckDB type."""

    name: str
    type: str


class SqlRows(BaseModel):
    """Integers as JSON integers, decimals as strings, times in ISO 8601, bytes in hex."""

    columns: list[SqlColumn]
    rows: list[list[Any]]
    truncated: bool = Field(description="a bound on rows or bytes cut some off")


_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {
        "model": SqlRows,
        "content": {ARROW: {"schema": {"type": "string", "format": "binary"}}},
        "headers": {
            TRUNCATED: {
                "description": "of an Arrow stream: whether a bound cut rows off",
                "schema": {"type": "string", "enum": ["true", "false"]},
            }
        },
    }
}


@router.post("/api/v1/query", responses=_ANSWERS, deprecated=True, operation_id="post_query")
@router.post("/api/v1/sql", responses=_ANSWERS, operation_id="post_sql")
async def post_sql(
    ask: Ask,
    who: Who,
    http: Request,
    request: SqlRequest,
    accept: Annotated[str, Header()] = "application/json",
) -> Response:
    """Rows of one SELECT over the views ``calls`` and ``charges``; ten seconds, one query at a time.

    ``Accept: application/vnd.apache.arrow.stream`` asks for Arrow. Whoever hangs up stops their query.
    """
    stop = Stop()
    answer = _arrow if ARROW in accept else _json

    def work() -> Response:
        note(ask, who, "sql", {"sql": beginning_of(request.sql)})
        return answer(ask, request, Asking(who, request.params, stop))

    return await _while_connected(http, stop, work)


async def _while_connected(http: Request, stop: Stop, work: Callable[[], Response]) -> Response:
    running = asyncio.ensure_future(anyio.to_thread.run_sync(work))
    gone = asyncio.ensure_future(_disconnected(http))
    try:
        await asyncio.wait({running, gone}, return_when=asyncio.FIRST_COMPLETED)
        while not running.done():
            # Again and again: an interrupt between two statements reaches neither.
            stop.now(Overloaded("the query was stopped: whoever asked hung up"))
            await asyncio.wait({running}, timeout=_INSIST_SECONDS)
    finally:
        gone.cancel()
    return await running


async def _disconnected(http: Request) -> None:
    while (await http.receive())["type"] != "http.disconnect":
        pass


def _json(ask: Context, request: SqlRequest, asking: Asking) -> Response:
    found = ask.store.ask(request.sql, Bounds(rows=request.max_rows), asking)
    answer = SqlRows.model_construct(
        columns=[SqlColumn(name=name, type=kind) for name, kind in found.columns],
        rows=[[sent(value) for value in row] for row in found.rows],
        truncated=found.truncated,
    )
    return Response(answer.model_dump_json(), media_type="application/json")


def _arrow(ask: Context, request: SqlRequest, asking: Asking) -> Response:
    found = ask.store.ask_arrow(request.sql, Bounds(rows=request.max_rows), asking)
    truncated = "true" if found.truncated else "false"
    return Response(found.stream, media_type=ARROW, headers={TRUNCATED: truncated})
