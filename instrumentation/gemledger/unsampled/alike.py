"""Which calls may be added up without changing their price. Pure.

A price is linear in the counts as long as everything else it depends on is the same: row (hence model, tier, context
step, region and date), endpoint, reasons, kinds of quantities, and no count contradicting another. All that is in
the key. What is not linear is a sum of one, told in full as a sampled call would be.
"""

from collections.abc import Hashable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from gemledger import semconv
from gemledger.attributes import field
from gemledger.pricing import Usage

if TYPE_CHECKING:
    from gemledger.exchange import Exchange
    from gemledger.settled import SettledCall

SLOT_NS = 15 * 60 * 10**9
"""The collector's rollups have slots of 15 minutes, and prices change on the hour: a sum stays inside one slot."""
NO_STEP_BELOW = 128_000
"""Prompt tokens; no model has a price step further down. Above it, an unknown model's sum could not be re-priced."""

_LINEAR_REASONS = frozenset(
    {
        "inferred_rate",
        "unknown_endpoint",
        "tier_assumed",
        "price_change_near",
        "partial_usage",
        "merged_exchanges",
        "grounding_unreported",
        "tool_tokens_mixed",
        "maps_queries_assumed",
        "provisioned_throughput",
        "free_tier",
        "free_operation",
        "settled_later",
        "all_filtered",
        "tokens_estimated",
        "fee_unknown",
        "no_response",
        "unpriced_exchange",
        "unknown_model",
        "no_rate",
        "no_usage",
    }
)
"""Doubts that hold for a sum as they hold for its parts. Any other, also one not known here, makes a sum of one."""
_ENDED = frozenset({"succeeded", "partially_succeeded", "failed", "cancelled", "expired"})
"""States of a job, of any kind."""

_OF_ONE_THING = frozenset({semconv.CACHE_NAME, semconv.CACHES_LISTED})
"""Told by answers about a cache: how long it lives is billed by the hour, so no sampler may leave it out."""


def key_of(call: "SettledCall") -> Hashable | None:
    """Calls of the same key may be added up; None where this call stands alone."""
    exchanges = call.exchanges
    if exchanges and not _OF_ONE_THING.isdisjoint(getattr(exchanges[0], "told", ())):
        return None
    kind = _kind_of(exchanges[0]) if exchanges else ()
    if kind is None or not are_linear(call.cost.reasons):
        return None
    if len(exchanges) > 1 and any(_kind_of(exchange) != kind for exchange in exchanges[1:]):
        return None
    request, config = call.request, call.request.config
    return (
        call.start_ns // SLOT_NS,
        request.model,
        request.operation,
        request.endpoint,
        _payers(call.attribution) if call.attribution else (),
        () if config is None else _asked(config),
        call.error_type,
        call.error_kind,
        call.retry_statuses,
        call.refusal and call.refusal.quotas,
        call.cost.status,
        call.cost.reasons,
        kind,
    )


def _kind_of(exchange: "Exchange") -> tuple[Hashable, ...] | None:
    """What the price of one exchange depends on besides its counts; None where it is not linear in them."""
    cost, reading = exchange.cost, exchange.reading
    if _says_what_became_of_a_job(exchange):
        return None
    if cost.reasons and not are_linear(cost.reasons):
        return None
    if reading is not None:
        if not is_linear(reading.usage):
            return None
        if not cost.rows and reading.usage.prompt_tokens > NO_STEP_BELOW:
            return None
    quantities = exchange.quantities
    return (
        exchange.model,
        exchange.tier,
        cost.rows,
        cost.reasons,
        reading is None or reading.total_tokens is None,
        tuple(quantities) if quantities else (),
        resolution_of(exchange) if quantities else "",
    )


def _says_what_became_of_a_job(exchange: "Exchange") -> bool:
    """Whether a job began, or was seen at its end: a sum tells no names, and whoever pays for a job is found by its."""
    told: Mapping[str, Any] = getattr(exchange, "told", {})
    if semconv.JOB_NAME not in told:
        return False
    return "settled_later" in exchange.cost.reasons or told.get(semconv.JOB_STATE) in _ENDED


def are_linear(reasons: Sequence[str]) -> bool:
    """Whether none of these doubts depends on the counts of a single exchange."""
    return all(reason.partition(":")[0] in _LINEAR_REASONS for reason in reasons)


def is_linear(usage: Usage) -> bool:
    """Whether no count has to be clamped to another on its way into cells: then cells of sums are sums of cells."""
    prompt, cached = usage.input_tokens - usage.tool_use, usage.cache_read
    if not 0 <= cached <= prompt or not 0 <= usage.thoughts <= usage.output_tokens:
        return False
    inputs, hits = usage.input_by_modality, usage.cache_read_by_modality
    if inputs or hits:
        text, text_cached = prompt - sum(inputs.values()), cached - sum(hits.values())
        if not 0 <= text_cached <= text:
            return False
        if any(count > inputs.get(modality, 0) for modality, count in hits.items()):
            return False
    candidates, outputs = usage.output_tokens - usage.thoughts, usage.output_by_modality
    if usage.output_detailed > candidates:
        return False
    return not outputs or sum(outputs.values()) <= candidates


def resolution_of(exchange: "Exchange") -> str:
    """Of images and video; empty for anything else."""
    return getattr(getattr(exchange, "facts", None), "resolution", "") or ""


def _payers(attribution: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Who pays. A conversation is no payer: it would make a sum of every call, and sampling pointless."""
    return tuple(item for item in attribution.items() if item[0] != semconv.CONVERSATION_ID)


def _asked(config: Any) -> Hashable:  # noqa: ANN401 - model or dict
    """What of a request's config sums are kept apart by: labels, and the explicit cache it reads."""
    labels, cache = field(config, "labels"), field(config, "cached_content")
    if not labels:
        return cache and str(cache)
    return (cache and str(cache), *((name, str(value)) for name, value in labels.items()))
