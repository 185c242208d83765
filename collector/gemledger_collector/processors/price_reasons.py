"""Why a cost is not exact, and what status that amounts to; worked out once per distinct combination."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from gemledger.pricing import Usage, engine
from gemledger_collector.processors.batches import Integers, Keys, Mask
from gemledger_collector.processors.price_keys import Found

DECIDED_HERE = frozenset(
    {
        "inferred_rate",
        "unknown_endpoint",
        "grounding_not_priced",
        "context_step_unclear",
        "unknown_model",
        "no_rate",
        "no_usage",
        "unpriced_exchange",
    }
)
"""Reasons that pricing itself finds. The app's others (an early end, contradictory usage) are facts we take over."""


def reasons_of(
    rows: pa.RecordBatch, found: Found, grounded: Mask, usage: Usage, refused: Mask
) -> pa.Array:
    """Each row's reasons, joined by commas; empty where the cost is exact."""
    said = pc.or_(rows.column("input_tokens").is_valid(), rows.column("output_tokens").is_valid())
    unclear = (usage.prompt_tokens <= found.threshold) & (found.threshold < usage.input_tokens)
    keys = Keys(len(rows))
    for part in (
        rows.column("app_cost_reasons").fill_null(""),
        found.why,
        rows.column("server_address").fill_null(""),
        pa.array(found.inferred),
        pa.array(grounded),
        pa.array(unclear),
        pa.array(refused),
        said,
        rows.column("impossible_usage"),
    ):
        keys.add(part)
    texts = pa.array([_text(*key) for key in keys.distinct()], pa.string())  # type: ignore[arg-type]  # parts as added
    return texts.take(pa.array(keys.of_row))


def _text(  # noqa: PLR0913, PLR0917  the parts of a key, in the order they were added
    app_reasons: str,
    why: str,
    server_address: str,
    inferred: bool,
    grounded: bool,
    unclear: bool,
    refused: bool,
    said: bool,
    impossible: bool,
) -> str:
    if refused:
        return ""
    taken_over = _taken_over(app_reasons)
    if impossible:
        found = ["impossible_usage"]
    elif not said:
        found = ["no_usage"]
    elif why:
        found = [why]
    else:
        doubts = {
            "inferred_rate": inferred,
            "unknown_endpoint": not engine.is_listed_endpoint(server_address),
            "grounding_not_priced": grounded,
            "context_step_unclear": unclear,
        }
        found = [reason for reason, holds in doubts.items() if holds]
    return ",".join(dict.fromkeys([*taken_over, *found]))


def statuses(reasons: pa.Array, known: Mask) -> pa.Array:
    """The status each row's reasons amount to; without a price it is unpriced, whatever they say."""
    keys = Keys(len(reasons))
    keys.add(reasons)
    keys.add(pa.array(known))
    texts = [
        engine.status_of(filter(None, str(text).split(","))) if priced else engine.UNPRICED
        for text, priced in keys.distinct()
    ]
    return pa.array(texts, pa.string()).take(pa.array(keys.of_row))


def combined_reasons(
    reasons: pa.Array, position: Integers, partly_known: Mask, app_reasons: pa.Array
) -> pa.Array:
    """Reasons of calls from those of their exchanges at ``position``, each once, in order."""
    keys = Keys(len(partly_known))
    keys.add(_grouped(reasons, position, len(partly_known)))
    keys.add(pa.array(partly_known))
    keys.add(app_reasons.fill_null(""))
    texts = [_union(*key) for key in keys.distinct()]  # type: ignore[arg-type]  # parts as added
    return pa.array(texts, pa.string()).take(pa.array(keys.of_row))


def combined_rows(price_rows: pa.Array, position: Integers, count: int) -> pa.Array:
    """Price rows of calls from those of their exchanges, each once, in order."""
    keys = Keys(count)
    keys.add(_grouped(price_rows.fill_null(""), position, count))
    names = [",".join(_words(str(text))) or None for (text,) in keys.distinct()]
    return pa.array(names, pa.string()).take(pa.array(keys.of_row))


def _grouped(texts: pa.Array, position: Integers, count: int) -> pa.Array:
    """The texts of each position, joined by commas in their order."""
    order = np.argsort(position, kind="stable")
    counts = np.bincount(position, minlength=count)
    offsets = pa.array(np.concatenate([[0], np.cumsum(counts)]).astype(np.int32))
    return pc.binary_join(pa.ListArray.from_arrays(offsets, texts.take(pa.array(order))), ",")


def _union(text: str, mixed: bool, app_reasons: str) -> str:
    """Each reason once. With one exchange unpriced among others, the call is a lower bound, not unpriced."""
    reasons = _words(text)
    if mixed:
        reasons = [reason for reason in reasons if engine.status_of([reason]) != engine.UNPRICED]
        reasons.append("unpriced_exchange")
    return ",".join(dict.fromkeys([*reasons, *_taken_over(app_reasons)]))


def _words(text: str) -> list[str]:
    return list(dict.fromkeys(filter(None, text.split(","))))


def _taken_over(app_reasons: str) -> list[str]:
    """What the app knows and we cannot see: how a call ended, what was wrong with its usage."""
    reasons = _words(app_reasons)
    kept = [reason for reason in reasons if reason.partition(":")[0] not in DECIDED_HERE]
    if "no_response" in kept and "unpriced_exchange" in reasons:
        kept.append("unpriced_exchange")  # the request nobody answered
    return kept
