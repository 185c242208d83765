"""What the collector's words of outcome, cost and repair mean to a reader. Pure."""

from collections.abc import Iterable, Mapping

from gemledger_dashboard.drawing import formats
from gemledger_dashboard.traces.call_answers import Call, Cost, Outcome

STATUS: Mapping[str, str] = {
    "exact": "exact",
    "estimated": "estimated",
    "lower_bound": "at least",
    "unpriced": "no price",
}
ERROR_KINDS: Mapping[str, str] = {
    "bad_request": "bad request",
    "unauthenticated": "not authenticated",
    "permission_denied": "permission denied",
    "not_found": "not found",
    "conflict": "conflict",
    "rate_limited": "rate limited",
    "rate_limited_per_minute": "rate limited per minute",
    "rate_limited_per_day": "rate limited per day",
    "server_error": "server error",
    "unavailable": "unavailable",
    "timeout": "timed out",
    "network": "network",
    "safety": "withheld for safety",
    "cancelled": "cancelled",
    "other": "another error",
}
STREAMS: Mapping[str, str] = {
    "complete": "The stream came to its end.",
    "abandoned": "The app stopped reading before the stream had ended.",
    "cancelled": "The stream was cancelled before it had ended.",
    "error": "The stream broke off with an error.",
}
REASONS: Mapping[str, str] = {
    "provisioned_throughput": "capacity that is paid for by the month: one more call costs nothing",
    "free_tier": "this account pays nothing, as the price book's terms say",
    "free_operation": "Google charges nothing for this operation",
    "settled_later": "billed when the job is done, by a settlement of its own",
    "all_filtered": "everything was withheld: nothing was delivered, nothing is billed",
    "inferred_rate": "a rate that nobody could read on Google's own page",
    "unknown_endpoint": "a proxy or reseller answered, whose prices may be others than Google's",
    "tier_assumed": "a tier was asked for, and the answer does not say which one served",
    "price_change_near": "within eight hours of a change of price",
    "cached_above_prompt": "more cached tokens than the prompt has: contradictory",
    "details_above_count": "more tokens in the details than in the count: contradictory",
    "details_unreadable": "details of no known shape: all taken as text",
    "total_mismatch": "Google's own total is another than the sum of its parts",
    "cached_modality_unknown": "nobody told of which kind the cached tokens are, and kinds differ in price",
    "tool_modality_assumed": "a tool returned something other than text, taken at text's rate",
    "context_step_unclear": "Google does not say whether tool tokens count towards the price step",
    "merged_exchanges": "several requests told as one: the price step is decided on a sum",
    "maps_queries_assumed": "billed per query, and only that Maps was used is known",
    "video_seconds_assumed": "the length was not told: measured, or the model's default",
    "resolution_assumed": "the resolution was not told: measured, or the model's default",
    "tokens_estimated": "no usage comes back: counted from the size of what was sent",
    "partial_usage": "the stream ended early: billed so far, perhaps more",
    "tool_tokens_mixed": "search context is free, other tools' is not: together undecidable",
    "output_modality_unknown": "output of a kind nobody told, and kinds differ in price",
    "grounding_unreported": "a search was made, of how many queries is not told",
    "fee_unknown": "a unit was used that the price book has no fee for",
    "no_response": "the connection broke: nobody knows whether that request was billed",
    "unpriced_exchange": "one of several requests has no price",
    "exchanges_unreported": "functions were called, and only the last of several requests is told",
    "tools_unreported": "tools may have been used, whose tokens and searches are not told",
    "tokens_unassigned": "tokens in the total that no part accounts for",
    "thoughts_repeated": "part of the output may be thoughts counted again",
    "modality_unreported": "priced as text; it may have been what the model charges more for",
    "unknown_model": "the price book does not know this model",
    "no_rate": "the price book knows the model, but has no rate for this",
    "no_usage": "the answer came without usage",
    "impossible_usage": "the counts cannot be: negative, or no numbers",
    "impossible_facts": "what was told of the call cannot be read",
}
REPAIRS: Mapping[str, str] = {
    "media_removed": "pictures and sounds were left out of the captured content",
    "thoughts_repeated": "thoughts that each chunk repeats were counted once",
    "usage_from_response": "tokens were read from the captured response",
    "searches_from_response": "searches were read from the captured response",
    "thoughts_added": "thoughts were added to the output",
    "tool_use_added": "tokens of tools were added to the input",
    "unassigned_added": "tokens that no part accounts for were added, as tools' tokens",
    "not_translated": "the span could not be read, and is kept as it came",
    "attributes_cut": "a value was too long, and was cut",
}
_UNPRICED = "It cost something, and is in no total."


def reasons(told: Iterable[str]) -> list[str]:
    """Why a cost is not exact: a sentence each; a word we do not know as it is."""
    return [_worded(reason, REASONS) for reason in told]


def repairs(told: Iterable[str]) -> list[str]:
    """What the collector mended of the sender's counts."""
    return [_worded(repair, REPAIRS) for repair in told]


def status(cost: Cost) -> str:
    """How sure a cost is, in a word."""
    return STATUS.get(cost.status or "", cost.status or formats.MISSING)


def error(outcome: Outcome) -> str | None:
    """What went wrong; None where nothing did."""
    if outcome.error_kind is None and outcome.error_type is None:
        return None
    kind = outcome.error_kind or "other"
    worded = ERROR_KINDS.get(kind, kind.replace("_", " "))
    return worded if outcome.error_type is None else f"{worded} ({outcome.error_type})"


def outcome(call: Call) -> str:
    """How a call went, in few words."""
    went = error(call.outcome)
    if went is None and call.outcome.stream_state not in {None, "complete"}:
        went = f"stream {call.outcome.stream_state}"
    tries = call.outcome.attempts or 1
    said = went or "answered"
    return f"{said}, {tries} tries" if tries > 1 else said


def what_is_so(call: Call) -> list[str]:
    """What a reader must know before the figures: that it failed, broke off, has no price, is told by others."""
    said: list[str] = []
    went = error(call.outcome)
    if went is not None and call.outcome.error_kind == "safety":
        said.append(f"The answer was withheld: {went}. It is billed as Google reported it.")
    elif went is not None:
        said.append(f"This call failed: {went}.")
    stream = call.outcome.stream_state
    if stream is not None and stream != "complete":
        said.append(STREAMS.get(stream, f"The stream ended so: {stream}."))
    if call.cost.status == "unpriced":
        why = "; ".join(reasons(call.cost.reasons)) or "nobody says why"
        said.append(f"This call has no price: {why}. {_UNPRICED}")
    return said


def told_by(call: Call) -> str | None:
    """Where another library than gemledger's told of a call: what that means for its figures."""
    scope = call.served.instrumentation
    if scope in {None, "", "gemledger"}:
        return None
    return (
        f"Told by another instrumentation ({scope}): its counts are translated, and what it does not tell is not "
        "known here. Single requests and tries are told by gemledger's own library only."
    )


def _worded(reason: str, meanings: Mapping[str, str]) -> str:
    """The meaning of a word, with the detail that stands behind its colon."""
    name, _, detail = reason.partition(":")
    meaning = meanings.get(name, name.replace("_", " "))
    return f"{meaning} ({detail})" if detail else meaning
