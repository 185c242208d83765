"""The spans of a trace, and all of one call, as tables. Pure."""

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import pandas as pd

from gemledger_dashboard.drawing import formats
from gemledger_dashboard.traces import call_tables, waterfall, words
from gemledger_dashboard.traces.call_answers import Call
from gemledger_dashboard.traces.trace_answers import Event, PriceRow, SingleCall, TraceSpan

_INDENT = "\N{EM SPACE}"
_EXCHANGE_FACTS: Mapping[str, str] = {
    "gen_ai.response.model": "Model",
    "gemledger.service_tier": "Tier",
    "gen_ai.usage.input_tokens": "Input",
    "gen_ai.usage.cache_read.input_tokens": "Cached",
    "gemledger.usage.tool_use.input_tokens": "Tools",
    "gen_ai.usage.output_tokens": "Output",
    "gen_ai.usage.reasoning.output_tokens": "Thinking",
}


def spans(found: Sequence[TraceSpan]) -> pd.DataFrame:
    """One line per span, children after their parents and further in."""
    return pd.DataFrame([_span(span) for span in found])


def lines(single: SingleCall) -> pd.DataFrame:
    """One line per line of the cost, exact; the app's own where that differs."""
    differs = any(line.app_pico_usd is not None for line in single.lines)
    rows = [
        {
            "Line": formats.LINE_NAMES.get(line.line, line.line),
            "Amount": exact(line.pico_usd),
            **({"The app reckoned": exact(line.app_pico_usd)} if differs else {}),
        }
        for line in single.lines
        if line.pico_usd or line.app_pico_usd
    ]
    total = {"Line": "Sum", "Amount": exact(single.call.cost.pico_usd)}
    if differs:
        total["The app reckoned"] = exact(single.app.cost.pico_usd)
    return pd.DataFrame([*rows, total])


def workings(single: SingleCall) -> pd.DataFrame:
    """One line per cell or unit: so many, times a rate, is an amount."""
    several = any(working.exchange is not None for working in single.workings)
    return pd.DataFrame(
        [
            {
                **({"Request": working.exchange} if several else {}),
                "What": what(working.cell, working.line),
                "Count": working.count,
                "Rate": rate(working.rate_pico_usd),
                "Amount": exact(working.pico_usd),
                "Price row": working.row,
            }
            for working in single.workings
        ]
    )


def rows(found: Sequence[PriceRow]) -> pd.DataFrame:
    """One line per row of the price book that was used."""
    return pd.DataFrame(
        [
            {
                "Price row": row.row,
                "From": row.from_day.isoformat(),
                "Until": row.until_day.isoformat() if row.until_day else None,
                "Rates": ", ".join(
                    f"{name} {rate(pico)}"
                    for name, pico in {**row.per_token, **row.per_unit}.items()
                ),
                "Confidence": confidence(row),
                "Read on": row.read_on,
                "Source": row.source,
                "From your own file": "yes" if row.layer == "overlay" else "no",
            }
            for row in found
        ]
    )


def exchanges(found: Sequence[Event], call: Call) -> pd.DataFrame:
    """One line per request that Gemini answered within the call, as the app tells of it."""
    return pd.DataFrame(
        [_exchange(place, event, call) for place, event in enumerate(found, start=1)]
    )


def payer(call: Call) -> dict[str, str | None]:
    """Who pays, and who says so."""
    who = call.payer
    return {
        "Team": who.team,
        "Feature": who.feature,
        "User": who.user,
        "Environment": who.environment,
        "Prompt version": who.prompt_version,
        "Cost center": who.cost_center,
        "Purpose": who.purpose,
        "Said by": f"the collector's rule {who.rule}" if who.rule else "the app",
        "Conversation": call.conversation_id,
        "Response": call.response_id,
    }


def attributes(groups: Mapping[str, Mapping[str, Any]]) -> pd.DataFrame:
    """Everything else that is told, one line each."""
    return pd.DataFrame(
        [
            {"Of": of, "Name": name, "Value": _text(value)}
            for of, found in groups.items()
            for name, value in found.items()
            if value is not None
        ],
        columns=["Of", "Name", "Value"],
    )


def events(span: TraceSpan) -> pd.DataFrame:
    """One line per event of a span."""
    return pd.DataFrame(
        [
            {
                "Event": event.name,
                "After": formats.MISSING
                if event.time is None
                else formats.seconds((event.time - span.start).total_seconds()),
                "Attributes": _text(dict(event.attributes)),
            }
            for event in span.events
        ]
    )


def exact(pico_usd: int | None) -> str:
    """An amount to the last picodollar."""
    return formats.MISSING if pico_usd is None else f"${formats.usd_exact(pico_usd)}"


def rate(pico_usd: int) -> str:
    """A rate to its last digit, by the piece; small ones, which are of tokens, by the million."""
    if pico_usd < formats.PICO_PER_USD // 1_000:
        return f"${formats.usd_exact(pico_usd * 1_000_000)} per million"
    return f"${formats.usd_exact(pico_usd)} each"


def what(cell: str, line: str) -> str:
    """A cell of the price book in a reader's words: `Input, audio`."""
    name, detail = formats.LINE_NAMES.get(line, line), cell.partition(".")[2]
    if cell.partition(".")[0] != line:  # a unit, of which a line has several
        name = f"{name}: {cell.partition('.')[0].replace('_', ' ')}"
    return f"{name}, {detail}" if detail else name


def confidence(row: PriceRow) -> str:
    """Whether somebody read the rates on Google's page."""
    if row.confidence == "published" and row.inferred:
        return f"published; inferred: {', '.join(row.inferred)}"
    return row.confidence


def _span(span: TraceSpan) -> dict[str, Any]:
    call = span.call
    return {
        "Span": f"{_INDENT * min(span.depth, 12)}{call_tables.cut(span.name)}",
        "Outcome": waterfall.went_wrong(span) if span.failed else "ok",
        "Began after": call_tables.milliseconds(span.offset_ms),
        "Lasted": call_tables.milliseconds(span.duration_ms),
        "First chunk": call_tables.milliseconds(None if call is None else call.first_chunk_ms),
        "Cost": None if call is None else _cost(span, call),
        "Model": None if call is None else call_tables.cut(call.served.model),
        "Input": None if call is None else call_tables.count(call.tokens.input),
        "Output": None if call is None else call_tables.count(call.tokens.output),
        "Tries": None if call is None else call_tables.count(call.outcome.attempts),
        "Requests": None if call is None else call_tables.count(call.outcome.exchanges),
        "Kind": span.kind,
        "Service": call_tables.cut(span.service),
        "Told by": call_tables.cut(span.instrumentation),
    }


def _cost(span: TraceSpan, call: Call) -> str:
    return "counted elsewhere" if span.superseded_by else call_tables.cost(call.cost)


def _exchange(place: int, event: Event, call: Call) -> dict[str, Any]:
    told = event.attributes
    since = None if event.time is None else (event.time - call.start).total_seconds()
    amount = told.get("gemledger.cost.pico_usd")
    reasons = told.get("gemledger.cost.reasons") or ()
    return {
        "Request": place,
        "Done after": formats.seconds(since),
        **{name: _text(told.get(attribute)) for attribute, name in _EXCHANGE_FACTS.items()},
        "The app reckoned": exact(amount if isinstance(amount, int) else None),
        "Why not exact": "; ".join(words.reasons(map(str, reasons))) or None,
    }


def _text(value: object) -> str | None:
    """A value as one reads it."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, Decimal | int | float) and not isinstance(value, bool):
        return str(value)
    return json.dumps(value, ensure_ascii=False)
