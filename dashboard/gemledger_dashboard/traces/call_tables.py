"""Single calls as a table: short on the screen, every figure in a file. Pure."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from gemledger_dashboard.drawing import formats
from gemledger_dashboard.traces import words
from gemledger_dashboard.traces.call_answers import Call, Cost

_SHOWN = 80


def shown(calls: Sequence[Call], zone: ZoneInfo) -> pd.DataFrame:
    """What a reader chooses a call by."""
    return pd.DataFrame([_shown(call, zone) for call in calls], columns=list(SHOWN))


SHOWN: Mapping[str, str] = {
    "Began": "On the clock of the chosen time zone",
    "Model": "The model that answered, else the one that was asked",
    "Outcome": "How it went, and how many tries it took",
    "Cost": "What it cost, and how sure that is",
    "Lasted": "From the first try to the end of the answer",
    "First chunk": "Of a stream: until something could be read",
    "Input": "Tokens, those from a cache and from tools included",
    "Output": "Tokens, thoughts included",
    "Team": "Who pays",
    "Feature": "What it was for",
    "User": "For whom",
    "Service": "Which app",
}
"""The columns of the list, each with its meaning."""


def file(calls: Sequence[Call]) -> pd.DataFrame:
    """Every figure of every call that is shown, exact; times in UTC."""
    return pd.DataFrame([_whole(call) for call in calls])


def cost(cost: Cost) -> str:
    """An amount with how sure it is: `$0.0012`, `$0.0012 estimated`, `at least $0.0012`, `no price`."""
    if cost.pico_usd is None:
        return words.status(cost)
    amount = formats.usd(cost.pico_usd)
    if cost.status == "lower_bound":
        return f"at least {amount}"
    return amount if cost.status in {"exact", None} else f"{amount} {words.status(cost)}"


def milliseconds(value: float | None) -> str:
    """A length of time, or the dash."""
    return formats.seconds(None if value is None else value / 1000)


def count(value: int | None) -> str:
    """A count, or the dash: unknown is not zero."""
    return formats.MISSING if value is None else formats.count(value)


def cut(text: str | None) -> str | None:
    """A label as it fits into a cell."""
    return text if text is None or len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def clock(call: Call, zone: ZoneInfo) -> str:
    """When a call began, to the second."""
    local = call.start.astimezone(zone)
    return f"{local.day} {local:%b %Y, %H:%M:%S}"


def usd(pico: int | None) -> Decimal | None:
    """An amount for a file, exact."""
    return None if pico is None else Decimal(pico).scaleb(-12)


def _shown(call: Call, zone: ZoneInfo) -> dict[str, Any]:
    return {
        "Began": clock(call, zone),
        "Model": cut(call.served.model),
        "Outcome": cut(words.outcome(call)),
        "Cost": cost(call.cost),
        "Lasted": milliseconds(call.duration_ms),
        "First chunk": milliseconds(call.first_chunk_ms),
        "Input": count(call.tokens.input),
        "Output": count(call.tokens.output),
        "Team": cut(call.payer.team),
        "Feature": cut(call.payer.feature),
        "User": cut(call.payer.user),
        "Service": cut(call.served.service),
    }


def _whole(call: Call) -> dict[str, Any]:
    tokens, payer, went, served = call.tokens, call.payer, call.outcome, call.served
    return {
        "trace_id": call.trace_id,
        "span_id": call.span_id,
        "start_time": call.start.isoformat(),
        "duration_ms": call.duration_ms,
        "time_to_first_chunk_ms": call.first_chunk_ms,
        "operation": served.operation,
        "model": served.model,
        "service_tier": served.tier,
        "platform": served.platform,
        "service": served.service,
        "cost_usd": usd(call.cost.pico_usd),
        "cost_upper_usd": usd(call.cost.upper_pico_usd),
        "cost_status": call.cost.status,
        "cost_reasons": ",".join(call.cost.reasons),
        "input_tokens": tokens.input,
        "output_tokens": tokens.output,
        "cache_read_tokens": tokens.cache_read,
        "thoughts_tokens": tokens.thoughts,
        "tool_use_tokens": tokens.tool_use,
        "error_type": went.error_type,
        "error_kind": went.error_kind,
        "stream_state": went.stream_state,
        "attempts": went.attempts,
        "exchanges": went.exchanges,
        "team": payer.team,
        "cost_center": payer.cost_center,
        "feature": payer.feature,
        "user_id": payer.user,
        "environment": payer.environment,
        "prompt_version": payer.prompt_version,
        "conversation_id": call.conversation_id,
        "response_id": call.response_id,
        "instrumentation": served.instrumentation,
    }
