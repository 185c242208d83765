"""Where the app reckoned a call's cost otherwise than we do; counted, never silently settled."""

import pyarrow as pa
import pyarrow.compute as pc

from gemledger_collector.processors.inexact import weights


def disagreements(spans: pa.RecordBatch) -> dict[str, int]:
    """Number of calls per reason on which the app and the collector differ.

    ``price_book``: the app's book has another version; ``overlay``: the same book under another overlay, or one of
    the two without; ``amount``: the very same prices. ``app_unpriced``, ``collector_unpriced``: only one had a price.
    """
    ours, theirs = spans.column("cost_pico_usd"), spans.column("app_cost_pico_usd")
    asked = spans.column("app_cost_status").is_valid()
    same = pc.equal(ours, theirs).fill_null(False)
    both = pc.and_(ours.is_valid(), theirs.is_valid())
    differ = pc.and_(both, pc.invert(same))
    # The app's book is kept only where it is not ours.
    other_prices = pc.and_(differ, spans.column("app_price_book").is_valid())
    same_book = _same_book(spans, other_prices)
    masks = {
        "app_unpriced": pc.and_(asked, pc.and_(ours.is_valid(), theirs.is_null())),
        "collector_unpriced": pc.and_(
            theirs.is_valid(), pc.and_(ours.is_null(), spans.column("billed"))
        ),
        "price_book": pc.and_(other_prices, pc.invert(same_book)),
        "overlay": pc.and_(other_prices, same_book),
        "amount": pc.and_(differ, spans.column("app_price_book").is_null()),
    }
    return {reason: count for reason, mask in masks.items() if (count := _calls(spans, mask))}


def _same_book(spans: pa.RecordBatch, asked: pa.Array) -> pa.Array:
    """Whether both priced with the same book, whatever overlay lay over it; not looked at where nobody asked."""
    if not pc.any(asked).as_py():
        return asked
    app, own = (
        pc.replace_substring_regex(spans.column(name), r"\+.*$", "")
        for name in ("app_price_book", "price_book")
    )
    return pc.equal(app, own).fill_null(False)


def _calls(spans: pa.RecordBatch, mask: pa.Array) -> int:
    if not pc.any(mask).as_py():
        return 0
    return pc.sum(weights(spans.filter(mask))).as_py() or 0
