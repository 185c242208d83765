"""What conversations cost: the calls of a range, summed by their conversation."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Literal

from gemledger_collector.storage.calls import Choice, Row
from gemledger_collector.storage.transaction import Snapshot

Order = Literal["newest", "dearest", "longest"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationSearch:
    """Which calls are summed; as in ``CallSearch``."""

    since: int
    until: int
    sort: Order = "dearest"
    team: Choice = None
    feature: Choice = None
    user: Choice = None


def conversations(
    snapshot: Snapshot, search: ConversationSearch, after: tuple[int, str] | None, limit: int
) -> tuple[Sequence[Row], tuple[int, str] | None]:
    """One page, and the key behind which the next one begins; None where there is none."""
    key, last_id = (None, "") if after is None else after
    parameters = asdict(search) | {
        "after_key": None if key is None else str(key),
        "after_id": last_id,
        "rows": limit + 1,
    }
    found = snapshot.query("conversations", parameters).to_pylist()
    page = found[:limit]
    if len(found) <= limit:
        return page, None
    return page, (int(page[-1]["sort_key"]), page[-1]["conversation_id"])
