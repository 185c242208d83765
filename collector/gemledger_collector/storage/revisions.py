"""Runs over what is stored: what each is to do, how far it is, and what it changed. So a restart goes on."""

import json
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, Literal

import pyarrow as pa

from gemledger_collector.storage.transaction import Snapshot, Transaction

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Kind = Literal["price", "attribution"]
State = Literal["running", "done", "failed", "replaced"]
Difference = list[dict[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """A row of ``revisions``; what the columns mean stands at the table."""

    revision_id: str
    kind: Kind
    state: State = "running"
    created_unix_nano: int
    finished_unix_nano: int | None = None
    actor: str
    dry_run: bool
    since_unix_nano: int
    until_unix_nano: int
    cursor_unix_nano: int
    book: str | None = None
    settings: str | None = None
    looked_at: int = 0
    changed: int = 0
    difference: str = "[]"
    error: str | None = None

    @property
    def differences(self) -> Difference:
        """What changed, summed."""
        found: Difference = json.loads(self.difference)
        return found

    def advanced(self, to: int, looked_at: int, changed: int, difference: Difference) -> "Revision":
        """The revision after one more piece."""
        return replace(
            self,
            cursor_unix_nano=to,
            looked_at=self.looked_at + looked_at,
            changed=self.changed + changed,
            difference=json.dumps(difference),
        )

    def ended(self, state: State, now_unix_nano: int, error: str | None = None) -> "Revision":
        """The revision as it ended."""
        return replace(self, state=state, finished_unix_nano=now_unix_nano, error=error)


_NAMES = tuple(field.name for field in fields(Revision))


def add(transaction: Transaction, revision: Revision) -> None:
    """Ask for a revision."""
    transaction.append("revisions", pa.table({name: [getattr(revision, name)] for name in _NAMES}))


def save(transaction: Transaction, revision: Revision) -> None:
    """Write a revision anew."""
    transaction.execute("revisions_forget", {"revision_id": revision.revision_id})
    add(transaction, revision)


def running(snapshot: Snapshot) -> list[Revision]:
    """What is still to be done, in order."""
    return _parsed(snapshot.query("revisions_running"))


def newest(snapshot: Snapshot, kind: Kind, most: int, skipped: int = 0) -> list[Revision]:
    """Revisions of a kind, the newest first."""
    asked: Mapping[str, object] = {"kind": kind, "most": most, "skipped": skipped}
    return _parsed(snapshot.query("revisions_list", asked))


def one(snapshot: Snapshot, revision_id: str) -> Revision | None:
    """The revision of that id."""
    return next(iter(_parsed(snapshot.query("revisions_one", {"revision_id": revision_id}))), None)


def newest_rules(snapshot: Snapshot) -> tuple[str, int] | None:
    """The rules that the store was last attributed by, as JSON, and since when; None where there never were any."""
    found = snapshot.query("revisions_newest_rules").to_pylist()
    return (found[0]["settings"], found[0]["created_unix_nano"]) if found else None


def piece_end(snapshot: Snapshot, since: int, until: int, rows: int) -> int:
    """Where a piece of about ``rows`` charges from ``since`` on ends, exclusive."""
    asked: Mapping[str, object] = {"since": since, "until": until, "rows": rows}
    end = snapshot.query("revisions_piece_end", asked)["piece_end"][0].as_py()
    return until if end is None else min(int(end), until)


def _parsed(table: pa.Table) -> list[Revision]:
    rows: Sequence[Mapping[str, Any]] = table.to_pylist()
    return [Revision(**row) for row in rows]
