"""``GET /api/v1/contents/{trace_id}/{span_id}``: the captured prompt and answer of one call. Noted in the audit."""

import json
from typing import Any

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from gemledger_collector.api.call_rows import hex_trace, moment
from gemledger_collector.api.context import Ask, Who
from gemledger_collector.api.noting import note
from gemledger_collector.api.single_call import SpanId, TraceId
from gemledger_collector.errors import NotFound
from gemledger_collector.storage.calls import contents

router = APIRouter(tags=["content"])


class Contents(BaseModel):
    """What was captured: messages as the GenAI conventions shape them, or text where they are no JSON."""

    trace_id: str
    span_id: str
    start_time: str
    service: str | None
    model: str | None
    input_messages: Any = Field(description="null: not captured")
    output_messages: Any
    system_instructions: Any
    tool_definitions: Any


@router.get("/api/v1/contents/{trace_id}/{span_id}")
def get_contents(
    ask: Ask, who: Who, trace_id: TraceId, span_id: SpanId, response: Response
) -> Contents:
    """Prompt and answer of a call, where they were captured and are still kept. Takes the scope ``content``."""
    trace_id, span_id = trace_id.lower(), span_id.lower()
    # Before it is read: who looked for what is not there is noted, too.
    note(ask, who, "content", {"trace_id": trace_id, "span_id": span_id})
    with ask.store.reading() as snapshot:
        row = contents(snapshot, trace_id, int(span_id, 16))
    if row is None:
        raise NotFound(
            f"no content of {trace_id}/{span_id} is stored: it was not captured, or is no longer kept"
        )
    response.headers["Cache-Control"] = "no-store"
    return Contents(
        trace_id=hex_trace(trace_id),
        span_id=span_id,
        start_time=moment(row["start_time_unix_nano"]),
        service=row["service_name"],
        model=row["model"],
        input_messages=parsed(row["input_messages"]),
        output_messages=parsed(row["output_messages"]),
        system_instructions=parsed(row["system_instructions"]),
        tool_definitions=parsed(row["tool_definitions"]),
    )


def parsed(written: str | None) -> Any:  # noqa: ANN401 - JSON
    """Captured messages as JSON, or as the text they are where they are none."""
    try:
        return None if written is None else json.loads(written)
    except (ValueError, RecursionError):
        return written  # cut off, or never JSON
