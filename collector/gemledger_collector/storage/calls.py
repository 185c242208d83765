"""Single calls and spans out of the table ``spans``: found by few columns, then read whole, a page at a time."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from gemledger_collector.storage.transaction import Snapshot

Order = Literal["newest", "dearest", "slowest"]
Row = Mapping[str, Any]
Choice = Sequence[str] | None
_NEWEST_SHARE = 32
"""What part of the range is searched first, for calls that outdo those of the rest."""
_MOST = 2**63 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class CallSearch:
    """Which calls: by start in unix nanoseconds, ``until`` excluded, and by what else is given.

    A list chooses any of its values; the empty text in it stands for calls that have none.
    """

    since: int
    until: int
    sort: Order = "newest"
    model: Choice = None
    team: Choice = None
    cost_center: Choice = None
    feature: Choice = None
    user: Choice = None
    environment: Choice = None
    prompt_version: Choice = None
    service: Choice = None
    status: Choice = None
    error_kind: Choice = None
    service_tier: Choice = None
    purpose: Choice = None
    platform: Choice = None
    operation: Choice = None
    conversation: str | None = None
    response_id: str | None = None
    trace_id: str | None = None
    min_cost: int | None = None
    min_duration: int | None = None


@dataclass(frozen=True, slots=True)
class After:
    """The row behind which a page begins: its sort key, start and span id."""

    key: int
    start_time_unix_nano: int
    span_id: int


@dataclass(frozen=True, slots=True)
class Page:
    """Rows of ``spans``, and behind which one the next page begins; None where there is none."""

    rows: Sequence[Row]
    after: After | None


def calls(
    snapshot: Snapshot, search: CallSearch, after: After | None, limit: int, now_unix_nano: int
) -> Page:
    """One page of calls. None is expected to have begun after now; such ones are found all the same."""
    if after is not None and search.sort == "newest":
        search = replace(search, until=min(search.until, after.key + 1))  # earlier pages showed it
    found = _found(snapshot, search, after, limit + 1, now_unix_nano)
    page = found[:limit]
    more = None
    if len(found) > limit:
        last = page[-1]
        more = After(last["sort_key"], last["start_time_unix_nano"], last["span_id"])
    return Page(_whole(snapshot, "calls_at", page), more)


def _found(
    snapshot: Snapshot, search: CallSearch, after: After | None, rows: int, now_unix_nano: int
) -> Sequence[Row]:
    """Keys of the first so many calls behind ``after``.

    The dearest of all are among the dearest of the last day and what is dearer than these: of equals the newer comes
    first. So most of the range is only asked for amounts that few calls have, or no row group.
    """
    if search.sort == "newest":
        return _keys(snapshot, search, after, rows)
    newest = min(search.until, max(search.since, now_unix_nano))
    cut = newest - (newest - search.since) // _NEWEST_SHARE
    newer = _keys(snapshot, replace(search, since=cut), after, rows)
    older = replace(search, until=cut)
    if len(newer) == rows:
        least = min(newer[-1]["sort_key"] + 1, _MOST)
        dearer = search.sort == "dearest"
        older = replace(older, min_cost=least) if dearer else replace(older, min_duration=least)
    both = [*newer, *_keys(snapshot, older, after, rows)]
    return sorted(both, key=_place_in_order, reverse=True)[:rows]


def _place_in_order(found: Row) -> tuple[int, int, int]:
    return found["sort_key"], found["start_time_unix_nano"], found["span_id"]


def _keys(snapshot: Snapshot, search: CallSearch, after: After | None, rows: int) -> Sequence[Row]:
    parameters = asdict(search) | {
        "after_key": None if after is None else after.key,
        "after_start": 0 if after is None else after.start_time_unix_nano,
        "after_span": 0 if after is None else after.span_id,
        "rows": rows,
    }
    return snapshot.records("calls_found", parameters)


def span(snapshot: Snapshot, trace_id: str, span_id: int, between: tuple[int, int]) -> Row | None:
    """Everything of one span that began in the range; None where there is none."""
    rows = _spans(snapshot, trace_id, span_id, between, 1)
    return rows[0] if rows else None


def trace(snapshot: Snapshot, trace_id: str, between: tuple[int, int], limit: int) -> Sequence[Row]:
    """Everything of the first so many spans of a trace, of those that began in the range, by start."""
    return _spans(snapshot, trace_id, None, between, limit)


def contents(snapshot: Snapshot, trace_id: str, span_id: int) -> Row | None:
    """What was captured of a call; None where nothing was, or is no longer kept."""
    rows = snapshot.query(
        "contents_of_span", {"trace_id": trace_id, "span_id": span_id}
    ).to_pylist()
    return rows[0] if rows else None


def _spans(
    snapshot: Snapshot, trace_id: str, span_id: int | None, between: tuple[int, int], limit: int
) -> Sequence[Row]:
    since, until = between
    places = snapshot.query(
        "span_places",
        {"trace_id": trace_id, "span_id": span_id, "since": since, "until": until, "rows": limit},
    )
    return _whole(snapshot, "spans_at", places.to_pylist())


def _whole(snapshot: Snapshot, query: str, found: Sequence[Row]) -> Sequence[Row]:
    """The rows of ``spans`` behind keys, in their order, as one of the two queries tells them."""
    if not found:
        return []
    starts = [each["start_time_unix_nano"] for each in found]
    table = snapshot.query(
        query,
        {
            "places": [each["place"] for each in found],
            "first": min(starts),
            "last": max(starts),
        },
    )
    rows = {row["place"]: row for row in table.to_pylist()}
    return [rows[each["place"]] for each in found]
