"""A call that is over: what the bookkeeping in the app is told about it, sampled or not."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from gemledger.attributes import Request
    from gemledger.exchange import Exchange
    from gemledger.pricing import Cost
    from gemledger.quotas import Refusal


class SettledCall(NamedTuple):
    """One call with the exchanges it billed, each of them settled, and their cost together.

    ``start_ns`` is in nanoseconds since the epoch; ``attribution`` holds span attributes by their full names, as they
    were in force when the call was made; ``attempts`` counts HTTP tries, those that failed included, and
    ``retry_statuses`` says how those failed, where there were several tries.
    """

    request: "Request"
    start_ns: int
    attribution: Mapping[str, str]
    exchanges: "Sequence[Exchange]"
    cost: "Cost"
    error_type: str | None
    attempts: int
    error_kind: str | None = None
    retry_statuses: tuple[str, ...] = ()
    refusal: "Refusal | None" = None
    """What the last 429 of the call told."""
