"""When a feature first used another prompt version or model: read off the ledger, timed by one slot of spans."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Any

from gemledger_collector.storage.buckets import SLOT_SECONDS
from gemledger_collector.storage.transaction import Snapshot

_NANO = 10**9
MOST = 200


@dataclass(frozen=True, slots=True)
class Asked:
    """Changes in [since, until), unix nanoseconds; an empty ``feature`` or ``environment`` means: of none."""

    since: int
    until: int
    feature: str | None = None
    environment: str | None = None
    limit: int = MOST


@dataclass(frozen=True, slots=True)
class Change:
    """A prompt version or a model (``kind``) that a feature had not used, where it had used another."""

    time_unix_nano: int
    exact: bool
    """Whether the time is that of a call; else its spans are gone, and it is the begin of its slot."""
    kind: str
    feature: str | None
    before: str
    after: str


def changes(snapshot: Snapshot, asked: Asked) -> list[Change]:
    """The newest ``limit`` of them, in order of time. Going back to what was used before is no change here."""
    found = snapshot.records(
        "changes_first_uses",
        {
            "since": asked.since // _NANO // SLOT_SECONDS * SLOT_SECONDS,
            "until": -(-asked.until // _NANO),
            "feature": asked.feature,
            "environment": asked.environment,
            "limit": asked.limit,
        },
    )
    slots = groupby(found, lambda row: (row["slot_unix_seconds"], row["feature"], row["kind"]))
    told = [change for _, rows in slots for change in _of_slot(snapshot, asked, list(rows))]
    inside = (
        change
        for change in told
        if not change.exact or asked.since <= change.time_unix_nano < asked.until
    )
    return sorted(inside, key=lambda change: (change.time_unix_nano, change.kind, change.after))


def first_call(
    snapshot: Snapshot, feature: str, prompt_version: str, environment: str | None = None
) -> int | None:
    """When a feature was first answered with a prompt version; an empty ``feature`` means: of none.

    Unix nanoseconds: the begin of the slot where its spans are gone; None where the ledger knows of no such call.
    """
    used = {"feature": feature, "environment": environment, "value": prompt_version}
    ((slot,),) = snapshot.rows("changes_first_slot", used)
    if not isinstance(slot, int):
        return None
    asked = Asked(0, 0, feature, environment)
    row = {
        "slot_unix_seconds": slot,
        "feature": feature,
        "kind": "prompt_version",
        "after": prompt_version,
    }
    call = _first_call(snapshot, asked, row)
    return slot * _NANO if call is None else call


def _of_slot(snapshot: Snapshot, asked: Asked, rows: Sequence[dict[str, Any]]) -> Iterator[Change]:
    """Changes of one feature and kind within one slot.

    In a feature's own first slot each follows the one that was called before it; without spans nobody can tell.
    """
    timed = [(_first_call(snapshot, asked, row), row) for row in rows]
    if rows[0]["before"] is not None:
        for time, row in timed:
            yield _change(row, time, row["before"])
        return
    known = sorted((time, row["after"], row) for time, row in timed if time is not None)
    for (_, before, _), (time, _, row) in pairwise(known):
        yield _change(row, time, before)


def _change(row: dict[str, Any], time: int | None, before: str) -> Change:
    return Change(
        time_unix_nano=row["slot_unix_seconds"] * _NANO if time is None else time,
        exact=time is not None,
        kind=row["kind"],
        feature=row["feature"],
        before=before,
        after=row["after"],
    )


def _first_call(snapshot: Snapshot, asked: Asked, row: dict[str, Any]) -> int | None:
    begin = row["slot_unix_seconds"] * _NANO
    ((time,),) = snapshot.rows(
        "changes_first_call",
        {
            "begin": begin,
            "end": begin + SLOT_SECONDS * _NANO,
            "feature": row["feature"],
            "environment": asked.environment,
            "kind": row["kind"],
            "value": row["after"],
        },
    )
    return time if isinstance(time, int) else None
