"""One line of a batch's results → one exchange at the batch tier, or an error, which is free, or nothing readable."""

import json
from types import SimpleNamespace
from typing import Any

from gemledger.attributes import Request, field
from gemledger.exchange import Exchange
from gemledger.guard import report
from gemledger.pricing import Usage
from gemledger.pricing.cells import MOST
from gemledger.raw_body import readable
from gemledger.surfaces.one_exchange import Answered
from gemledger.usage import Reading, read_usage

TIER = "batch"
_SERVED = {"x-gemini-service-tier": TIER}
"""What a response of its own would have said: a line has no headers, and all of a batch is served at its tier."""


class Failed(str):
    """A request that was answered with an error; its code, as ``error.type`` has it."""

    __slots__ = ()


class _Embedded(Answered):
    """A line that is one vector: its tokens are the line's own."""

    __slots__ = ()

    def read(self, response: Any) -> None:  # noqa: ANN401 - a SingleEmbedContentResponse, or raw JSON by attribute
        """How many tokens were embedded."""
        self.tier_served = TIER
        metadata = getattr(response, "usage_metadata", None)
        self.usage_read = None if metadata is None else read_usage(metadata)
        count = getattr(response, "token_count", None)
        if self.usage_read is None and type(count) is int and 0 <= count <= MOST:
            self.usage_read = Reading(Usage(count, 0), None, (), {})


def line_of(result: Any, request: Request) -> Exchange | Failed | None:  # noqa: ANN401 - an inlined response, or raw JSON by attribute
    """What a result says of its bill, not yet settled; None where nobody can tell."""
    response = getattr(result, "response", None)
    if response is None:
        error = getattr(result, "error", None)
        code = None if isinstance(error, str) else field(error, "code")
        return None if error is None else Failed(code if type(code) is int else "_OTHER")
    try:
        if getattr(response, "embedding", None) is not None:
            line: Exchange = _Embedded(None, request, None)
        else:
            line = unreadable(request)
        line.observe(response)
    except Exception:  # noqa: BLE001 - a response may be of any shape: then it cannot be read
        report("batches.line_of")
        return None
    return line


def unreadable(request: Request) -> Exchange:
    """A line of which nothing is known but that it is one."""
    line = Exchange(None, request, None)
    line.headers = _SERVED
    return line


def parsed(text: bytes) -> Any:  # noqa: ANN401 - something that reads like the SDK's InlinedResponse
    """A line of a result file, of which only what is billed by is kept; None where it is broken."""
    try:
        line = json.loads(text)
        response = line.get("response")
        told = _response(response) if isinstance(response, dict) else None
        return SimpleNamespace(response=told, error=line.get("error") or line.get("status"))
    except (ValueError, AttributeError, TypeError, RecursionError):
        return None


def _response(fields: dict[str, Any]) -> SimpleNamespace:
    """What is billed by, in the form in which the SDK hands a response over; the text of an answer is not touched."""
    return SimpleNamespace(
        usage_metadata=readable(field(fields, "usage_metadata")),
        candidates=[_candidate(candidate) for candidate in fields.get("candidates") or ()] or None,
        model_version=field(fields, "model_version"),
        response_id=field(fields, "response_id"),
        prompt_feedback=readable(field(fields, "prompt_feedback")),
        sdk_http_response=None,
        embedding=field(fields, "embedding"),
        token_count=_whole(field(fields, "token_count")),
    )


def _candidate(fields: dict[str, Any]) -> SimpleNamespace:
    """Why it ended, and what it searched."""
    return SimpleNamespace(
        finish_reason=field(fields, "finish_reason"),
        grounding_metadata=field(fields, "grounding_metadata"),
    )


def _whole(value: Any) -> Any:  # noqa: ANN401 - a number; Google's JSON may give an int64 as a string
    return int(value) if isinstance(value, str) and value.isdecimal() else value
