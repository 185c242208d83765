"""Why a cost is not exact, and what status that amounts to; worked out once per distinct combination."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from gemledger.pricing import engine
from gemledger.pricing.reasons import COSTS_NOTHING, joined, stated
from gemledger_collector.processors.batches import Integers, Keys, Mask
from gemledger_collector.processors.price_keys import DOUBTS_ABOUT_FEES, Found


def reasons_of(rows: pa.RecordBatch, found: Found, refused: Mask) -> pa.Array:
    """Each row's reasons, joined by commas; empty where the cost is exact."""
    said = pc.or_(rows.column("input_tokens").is_valid(), rows.column("output_tokens").is_valid())
    keys = Keys(len(rows))
    for part in (
        rows.column("app_cost_reasons").fill_null(""),
        found.why,
        found.free,
        found.doubts,
        pa.array(found.inferred),
        pa.array(found.fee_doubts),
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
    free: str | None,
    doubts: str,
    inferred: bool,
    fee_doubts: int,
    refused: bool,
    said: bool,
    impossible: bool,
) -> str:
    if refused:
        return ""
    if free:
        return free
    if nothing := [word for word in _words(app_reasons) if word in COSTS_NOTHING]:
        return ",".join(nothing)
    facts = stated(_words(app_reasons))
    if impossible or not said or why:
        missing = "impossible_usage" if impossible else why if said else "no_usage"
        return ",".join(dict.fromkeys((*facts, missing)))
    found = ["inferred_rate"] if inferred else []
    found += _words(doubts)
    found += [name for bit, name in enumerate(DOUBTS_ABOUT_FEES) if fee_doubts >> bit & 1]
    return ",".join(joined(facts, found))


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
    names = [",".join(dict.fromkeys(_words(str(text)))) or None for (text,) in keys.distinct()]
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
    # What the app knows and we cannot see: how the call ended, a request that nobody answered.
    return ",".join(joined([*reasons, *stated(_words(app_reasons))], ()))


def _words(text: str) -> list[str]:
    return list(filter(None, text.split(",")))
