"""What a test wants of an interaction, read from its headers.

``x-simulator-usage`` is JSON of the usage's own field names (``total_input_tokens`` …), answered as it is.
``x-simulator-fault`` is a name of `faults.Fault`. ``x-simulator-interaction`` is JSON of, all optional:

``status``    how it ends, instead of ``completed``
``looks``     in the background: how many looks find it still running
``seconds``   in the background: how long it runs, by the simulator's clock
``hops``      usages of the requests that a long answer takes, the last one included
``broken_hop``  number of the request, the first being 0, that is refused instead
``failures``  HTTP statuses that the first requests under this ``id`` are answered with
``id``        of the call, for ``failures``: all tries of a call have the same headers
``model``, ``service_tier``   what the answer says; null: nothing
``tools``     tools that an agent uses, instead of its own: ``google_search``, ``url_context``, ``code_execution``
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from starlette.requests import Request

from gemledger_simulator import faults
from gemledger_simulator.faults import Fault
from gemledger_simulator.fields import Json

HEADER, USAGE, FAULT = "x-simulator-interaction", "x-simulator-usage", "x-simulator-fault"
_USAGE_FIELDS = (
    "total_input_tokens",
    "total_output_tokens",
    "total_thought_tokens",
    "total_cached_tokens",
    "total_tool_use_tokens",
    "total_tokens",
    "initial_input_tokens",
    "input_tokens_by_modality",
    "output_tokens_by_modality",
    "cached_tokens_by_modality",
    "tool_use_tokens_by_modality",
    "grounding_tool_count",
)
_PARTS = _USAGE_FIELDS[:3] + _USAGE_FIELDS[4:5]
"""What a total is the sum of; cached tokens are in the input already."""
_SAID = ("model", "service_tier")


class WishError(ValueError):
    """A header cannot be read; the text says which, and what to send."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """Of one request; see the module's text."""

    usage: Json | None = None
    fault: Fault | None = None
    status: str = "completed"
    looks: int = 0
    seconds: float = 0
    hops: tuple[Json, ...] = ()
    broken_hop: int | None = None
    failures: tuple[int, ...] = ()
    id: str = ""
    tools: tuple[str, ...] | None = None
    said: Mapping[str, Any] = field(default_factory=dict)
    """``model`` and ``service_tier``, where they are given."""

    @classmethod
    def of(cls, request: Request) -> "Wishes":
        """Reads the headers. Raises WishError, UnknownFault."""
        wanted = _object(request, HEADER) or {}
        own = ("usage", "fault", "said")
        known = [*(spec.name for spec in fields(cls) if spec.name not in own), *_SAID]
        if not set(wanted) <= set(known):
            raise WishError(f"{HEADER} knows {', '.join(known)}; got {', '.join(wanted)}")
        usage, fault = _object(request, USAGE), request.headers.get(FAULT)
        wanted["said"] = {name: wanted.pop(name) for name in _SAID if name in wanted}
        for name in ("failures", "tools"):
            if name in wanted:
                wanted[name] = tuple(wanted[name])
        wanted["usage"] = None if usage is None else exact(usage)
        wanted["fault"] = faults.named(fault) if fault else None
        wanted["hops"] = tuple(map(exact, wanted.get("hops", ())))
        return cls(**wanted)


def exact(usage: Json) -> Json:
    """The usage as it goes over the wire, with a total where it names none. Raises WishError."""
    unknown = set(usage) - set(_USAGE_FIELDS)
    if unknown:
        raise WishError(
            f"{USAGE} of an interaction has no field {', '.join(sorted(unknown))}; "
            f"it knows {', '.join(_USAGE_FIELDS)}"
        )
    return {"total_tokens": sum(usage.get(name, 0) for name in _PARTS)} | usage


def _object(request: Request, name: str) -> Json | None:
    text = request.headers.get(name)
    if text is None:
        return None
    try:
        message = json.loads(text)
    except ValueError as problem:
        raise WishError(f"{name} is not JSON: {problem}") from None
    if not isinstance(message, dict):
        raise WishError(f"{name} is not a JSON object")
    return message
