"""The tier that served an exchange: what was asked for and what served are not the same. Pure."""

import functools
from collections.abc import Mapping
from typing import Any

from gemledger.attributes import field

STANDARD = "standard"
ASSUMED = "tier_assumed"
"""Reason: a tier was asked for, and nothing in the response says which one served."""

_HEADER = "x-gemini-service-tier"
_BY_TRAFFIC_TYPE = {
    "ON_DEMAND": STANDARD,
    "ON_DEMAND_FLEX": "flex",
    "ON_DEMAND_PRIORITY": "priority",
    "ON_DEMAND_OFFPEAK": "offpeak",
    "PROVISIONED_THROUGHPUT": "provisioned_throughput",
}
_UNSAID = ("", STANDARD, "unspecified", "service_tier_unspecified", "traffic_type_unspecified")

_lower = functools.lru_cache(maxsize=64)(str.lower)

Served = tuple[str, tuple[str, ...]]
"""A tier, and the reasons for doubting it."""


def served_tier(headers: Mapping[str, str] | None, metadata: Any, config: Any) -> Served:  # noqa: ANN401 - usage and config of the SDK
    """By the response header, else Vertex AI's traffic type, else the usage, else the request, which is a guess.

    A name that nobody knows yet is taken as it is: without a rate it is ``unpriced``, never the standard price.
    """
    if headers:
        header = headers.get(_HEADER) or _any_case(headers)
        if header:
            return _lower(header), ()
    traffic_type = getattr(metadata, "traffic_type", None)
    if traffic_type is not None:
        name = str(getattr(traffic_type, "value", traffic_type))
        tier = _BY_TRAFFIC_TYPE.get(name) or _lower(name)
        if tier not in _UNSAID or tier == STANDARD:
            return tier, ()
    # In the usage on the wire; the SDK's own model of it drops the field, so only a raw response has it.
    said = _word(getattr(metadata, "service_tier", None))
    if said:
        return said, ()
    asked = _word(field(config, "service_tier"))
    return (asked, (ASSUMED,)) if asked else (STANDARD, ())


def _any_case(headers: Mapping[str, str]) -> str | None:
    """The header as servers of HTTP/1.1 may write it: only httpx gives every name in lower case, aiohttp does not."""
    for name, value in headers.items():
        if len(name) == len(_HEADER) and name.lower() == _HEADER:
            return value
    return None


def _word(tier: Any) -> str:  # noqa: ANN401 - an enum of the SDK, its string, or None
    """A tier other than the standard one, in lower case; empty where nothing, or the standard, is said."""
    word = str(getattr(tier, "value", tier) or "").lower()
    return "" if word in _UNSAID else word
