"""``POST /api/v1/query``: a person's SQL, answered as JSON."""

import math
from datetime import date, datetime, time

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from gemledger_collector.api.context import Ask
from gemledger_collector.storage.user_sql import Bounds

router = APIRouter()


class SqlRequest(BaseModel):
    """One SELECT, and how many rows at most."""

    model_config = ConfigDict(extra="forbid")

    sql: str = Field(min_length=1, max_length=100_000)
    max_rows: int = Field(default=10_000, ge=1, le=100_000)


@router.post("/api/v1/query")
def post_query(ask: Ask, request: SqlRequest) -> dict[str, object]:
    """Rows of one SELECT: integers as JSON integers, decimals as strings, times in ISO 8601, bytes in hex."""
    found = ask.store.ask(request.sql, Bounds(rows=request.max_rows))
    return {
        "columns": [{"name": name, "type": kind} for name, kind in found.columns],
        "rows": [[sent(value) for value in row] for row in found.rows],
        "truncated": found.truncated,
    }


def sent(value: object) -> object:  # noqa: PLR0911 - a table of types
    """A DuckDB value as JSON has it."""
    match value:
        case None | bool() | int() | str():
            return value
        case float():
            return value if math.isfinite(value) else None
        case bytes() | bytearray() | memoryview():
            return bytes(value).hex()
        case datetime() | date() | time():
            return value.isoformat()
        case list() | tuple():
            return [sent(item) for item in value]
        case dict():
            return {str(key): sent(item) for key, item in value.items()}
        case _:  # Decimal, UUID, timedelta
            return str(value)
