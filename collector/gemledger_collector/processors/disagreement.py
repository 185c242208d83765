"""Where the app reckoned a call's cost otherwise than we do; counted, never silently settled."""

import pyarrow as pa
import pyarrow.compute as pc


def disagreements(spans: pa.RecordBatch) -> dict[str, int]:
    """Number of priced calls per reason on which the app and the collector differ."""
    ours, theirs = spans.column("cost_pico_usd"), spans.column("app_cost_pico_usd")
    asked = spans.column("app_cost_status").is_valid()
    same = pc.equal(ours, theirs).fill_null(False)
    both = pc.and_(ours.is_valid(), theirs.is_valid())
    differ = pc.and_(both, pc.invert(same))
    # The app's book is kept only where it is not ours.
    other_book = spans.column("app_price_book").is_valid()
    masks = {
        "app_unpriced": pc.and_(asked, pc.and_(ours.is_valid(), theirs.is_null())),
        "collector_unpriced": pc.and_(
            theirs.is_valid(), pc.and_(ours.is_null(), spans.column("billed"))
        ),
        "price_book": pc.and_(differ, other_book),
        "amount": pc.and_(differ, pc.invert(other_book)),
    }
    counts = {reason: pc.sum(mask).as_py() or 0 for reason, mask in masks.items()}
    return {reason: count for reason, count in counts.items() if count}
