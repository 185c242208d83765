"""Why a cost is not exact: the vocabulary, and the status that each word amounts to."""

from collections.abc import Iterable, Mapping

from gemledger.pricing.vocabulary import MODALITIES

EXACT, ESTIMATED, LOWER_BOUND, UNPRICED = "exact", "estimated", "lower_bound", "unpriced"
_SEVERITY = {EXACT: 0, ESTIMATED: 1, LOWER_BOUND: 2, UNPRICED: 3}

STATUS_BY_REASON: Mapping[str, str] = {
    # Nothing to doubt: no charge, and why.
    "provisioned_throughput": EXACT,  # the capacity is paid for by the month: one more call costs nothing
    "free_tier": EXACT,  # the book's terms say that this account pays nothing
    "free_operation": EXACT,  # Google charges nothing for it: counting tokens, changing a cache
    "settled_later": EXACT,  # what was asked for is billed when it is done, by a settlement of its own
    "all_filtered": EXACT,  # every image or video was withheld: nothing was delivered, nothing is billed
    # The amount may be off either way.
    "inferred_rate": ESTIMATED,  # the book could not read this rate on Google's own page
    "unknown_endpoint": ESTIMATED,  # not Google's list price: a proxy or a reseller answered
    "tier_assumed": ESTIMATED,  # a tier was asked for, the response does not say which one served
    "price_change_near": ESTIMATED,  # within 8 h of a dated price: Google's billing day is Pacific
    "cached_above_prompt": ESTIMATED,  # contradictory usage, clamped
    "details_above_count": ESTIMATED,
    "details_unreadable": ESTIMATED,  # of no known shape: everything taken as text
    "total_mismatch": ESTIMATED,
    "cached_modality_unknown": ESTIMATED,  # cached tokens without details, and modalities differ in price
    "tool_modality_assumed": ESTIMATED,  # a tool returned audio or the like, taken at text's rate
    "context_step_unclear": ESTIMATED,  # Google does not say whether tool tokens count towards the step
    "merged_exchanges": ESTIMATED,  # several exchanges seen as one: the step is decided on a sum
    "maps_queries_assumed": ESTIMATED,  # billed per query, the response only shows that Maps was used
    "video_seconds_assumed": ESTIMATED,  # the request was not seen: measured on the video, or the model's default
    "resolution_assumed": ESTIMATED,  # as the seconds
    "tokens_estimated": ESTIMATED,  # no usage comes back: counted from the size of what was sent
    # At least this was billed.
    "partial_usage": LOWER_BOUND,  # the stream ended early: billed so far, perhaps more
    "tool_tokens_mixed": LOWER_BOUND,  # search context is free, other tools' is not: together undecidable
    "output_modality_unknown": LOWER_BOUND,  # output that no detail assigns, and modalities differ in price
    "grounding_unreported": LOWER_BOUND,  # a search was made, the response does not say of how many queries
    "fee_unknown": LOWER_BOUND,  # a unit was used that this book has no fee for: fee_unknown:maps_query
    "no_response": LOWER_BOUND,  # a connection broke: nobody knows whether that request was billed
    "unpriced_exchange": LOWER_BOUND,  # one of several exchanges has no price
    # At least this was billed, as far as a span of another instrumentation tells.
    "exchanges_unreported": LOWER_BOUND,  # functions were called: only the last of several exchanges is told
    "tools_unreported": LOWER_BOUND,  # tools were used, or nobody sees whether: their tokens and searches are not told
    "tokens_unassigned": LOWER_BOUND,  # its total has so many more, tool use or thoughts: tokens_unassigned:500
    "thoughts_repeated": LOWER_BOUND,  # so much of the output may be thoughts counted again: thoughts_repeated:300
    "modality_unreported": LOWER_BOUND,  # priced as text; it may have been what the model charges more for
    # Nothing can be said.
    "unknown_model": UNPRICED,
    "no_rate": UNPRICED,  # model known, but not this tier, date or cell: no_rate:flex, no_rate:output.image
    "no_usage": UNPRICED,  # answered without usage
    "impossible_usage": UNPRICED,  # counts that cannot be: negative, no numbers, beyond a thousand million
    "impossible_facts": UNPRICED,  # the caller gave something of another kind altogether
}
"""What each reason makes of a cost. A reason may carry a detail behind a colon: ``no_rate:flex``."""

COSTS_NOTHING = frozenset({"free_operation", "settled_later", "all_filtered"})
"""Said by whoever made the request: then nothing is charged here, whatever the model's rates."""

BOUNDED = frozenset(
    {
        "tool_tokens_mixed",
        "output_modality_unknown",
        "tokens_unassigned",
        "thoughts_repeated",
        "modality_unreported",
    }
)
"""Of the lower bounds those whose upper end is known."""

WITH_A_DEAR_END = BOUNDED | {
    "tier_assumed",
    "price_change_near",
    "cached_modality_unknown",
    "tool_modality_assumed",
    "context_step_unclear",
}
"""Doubts between prices that are both known: they give an upper bound."""

FOUND_BY_PRICING = frozenset(
    {
        "provisioned_throughput",
        "free_tier",
        "inferred_rate",
        "unknown_endpoint",
        "price_change_near",
        "context_step_unclear",
        "maps_queries_assumed",
        "tool_tokens_mixed",
        "output_modality_unknown",
        "fee_unknown",
        "unpriced_exchange",
        "unknown_model",
        "no_rate",
        "no_usage",
    }
)
"""Reasons that pricing itself finds: whoever prices again, with another book, decides them anew."""


def has_a_dear_end(reasons: Iterable[str]) -> bool:
    """Whether one of the doubts is between prices that are both known."""
    return any(reason.partition(":")[0] in WITH_A_DEAR_END for reason in reasons)


def status_of_one(reason: str) -> str:
    """The status that one reason amounts to; one we do not know is a doubt."""
    return STATUS_BY_REASON.get(reason.partition(":")[0], ESTIMATED)


def status_of(reasons: Iterable[str]) -> str:
    """The status that reasons amount to: the most severe wins; none means exact."""
    return max(map(status_of_one, reasons), key=_SEVERITY.__getitem__, default=EXACT)


LEFT_OPEN = ("no_response", "unpriced_exchange")
"""A further request that nobody answered: it comes last among a call's reasons."""


def stated(reasons: Iterable[str]) -> tuple[str, ...]:
    """Each reason once, in order, that another has found out and pricing cannot: what was wrong with the usage.

    A rate that is missing for a modality nobody knows is such a fact: the count itself has no name to be told by.
    """
    given = tuple(dict.fromkeys(reasons))
    kept = tuple(reason for reason in given if _is_a_fact(reason))
    return (*kept, "unpriced_exchange") if set(LEFT_OPEN).issubset(given) else kept


def _is_a_fact(reason: str) -> bool:
    name, _, cell = reason.partition(":")
    modality = cell.partition(".")[2]
    return name not in FOUND_BY_PRICING or (
        name == "no_rate" and modality != "" and modality not in MODALITIES
    )


def joined(facts: Iterable[str], found: Iterable[str]) -> tuple[str, ...]:
    """Each reason once: facts that pricing did not find as well, what it found, and a request left open."""
    here = tuple(dict.fromkeys(found))
    before = [reason for reason in facts if reason not in here]
    every = dict.fromkeys((*before, *here))
    return (
        *(reason for reason in every if reason not in LEFT_OPEN),
        *(reason for reason in LEFT_OPEN if reason in every),
    )


def is_unbounded(reason: str) -> bool:
    """Whether nobody can say how much more was billed."""
    is_open = status_of_one(reason) in (LOWER_BOUND, UNPRICED)
    return is_open and reason.partition(":")[0] not in BOUNDED
