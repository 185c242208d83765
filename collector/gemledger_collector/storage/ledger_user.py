"""The rollup ``ledger_user``: what each user cost, by UTC day. Users are without bound: the ledger knows none."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from gemledger_collector.errors import Rejected
from gemledger_collector.processors.batches import Integers, integers, mask
from gemledger_collector.storage.buckets import Bucket
from gemledger_collector.storage.deltas import summed
from gemledger_collector.storage.transaction import Snapshot, Transaction

DAY_SECONDS = 86_400
OTHER = "(other)"
"""Users of a day beyond its dearest ones, summed."""
COUNTED = ("user_id",)
TOKENS = (
    "input_tokens",
    "cache_read_tokens",
    "tool_use_tokens",
    "output_tokens",
    "thoughts_tokens",
)


def add_users(transaction: Transaction, billed: pa.RecordBatch, *, sign: int) -> None:
    """Add what these rows of ``spans`` cost by user, or take it back. Free where no row has a user."""
    users = billed.column("user_id")
    if users.null_count == len(users):
        return
    rows = billed.filter(users.is_valid()) if users.null_count else billed
    day = integers(rows.column("start_time_unix_nano")) // (DAY_SECONDS * 10**9) * DAY_SECONDS
    keys = {
        "day_unix_seconds": pa.array(day),
        "user_id": rows.column("user_id"),
        "cost_status": rows.column("cost_status"),
    }
    transaction.append("ledger_user", summed(keys, _figures(rows), sign=sign))


def _figures(rows: pa.RecordBatch) -> dict[str, Integers]:
    """What each row adds: the same figures as in the ledger."""
    told_calls = rows.column("unsampled_calls")
    calls = integers(told_calls.fill_null(1))
    failed = mask(rows.column("error_type").is_valid())
    errors = integers(pc.coalesce(rows.column("unsampled_errors"), told_calls).fill_null(1))
    cost, upper = rows.column("cost_pico_usd"), rows.column("cost_upper_pico_usd")
    status = rows.column("cost_status")
    open_above = pc.and_(pc.equal(status, "lower_bound"), upper.is_null())
    unbounded = mask(pc.or_(pc.equal(status, "unpriced"), open_above))
    return {
        "calls": calls,
        "errors": np.where(failed, errors, 0),
        **{name: integers(rows.column(name)) for name in TOKENS},
        "cost_pico_usd": integers(cost),
        "above_cost_pico_usd": integers(pc.subtract(upper, cost)),
        # At least one: the settlement of an unknown amount adds no call, yet is no zero either.
        "unbounded_calls": np.where(unbounded, np.maximum(calls, 1), 0),
    }


MONEY = ("cost_pico_usd", "known_pico_usd", "estimated_pico_usd", "cost_upper_pico_usd")
FIGURES = ("calls", "errors", *TOKENS, *MONEY, "unpriced_calls", "unbounded_calls")
Figures = Mapping[str, int]
Order = Literal["cost", "calls", "tokens", "user"]


@dataclass(frozen=True, slots=True)
class UsersQuestion:
    """Which calls (by start, unix nanoseconds, until exclusive; widened to UTC days), and which page of their users."""

    since_unix_nano: int
    until_unix_nano: int
    order: Order = "cost"
    limit: int = 100
    offset: int = 0


@dataclass(frozen=True, slots=True)
class UsersAnswer:
    """One page of users with their figures, and what all of them come to.

    ``folded_users`` were dear enough by name on no day of which they are missing: their sum is the user ``(other)``.
    """

    users: Sequence[tuple[str, Figures]]
    totals: Figures
    user_count: int
    folded_users: int
    range: Bucket


def users(snapshot: Snapshot, question: UsersQuestion) -> UsersAnswer:
    """What each user cost. Raises Rejected for an empty range."""
    if question.until_unix_nano <= question.since_unix_nano:
        raise Rejected("until is not after since; give a range that is not empty")
    day = DAY_SECONDS * 10**9
    around = Bucket(
        question.since_unix_nano // day * DAY_SECONDS,
        -(-question.until_unix_nano // day) * DAY_SECONDS,
    )
    days: dict[str, object] = {"since": around.start, "until": around.end}
    page = {"order": question.order, "limit": question.limit, "offset": question.offset}
    found = snapshot.query("users_by_cost", days | page).to_pylist()
    totals = snapshot.query("users_totals", days | {"other": OTHER}).to_pylist()[0]
    return UsersAnswer(
        [(row["user_id"], _read(row)) for row in found],
        _read(totals),
        int(totals["user_count"]),
        int(totals["folded_users"]),
        around,
    )


def _read(row: Mapping[str, object]) -> Figures:
    return {name: int(str(row[name])) for name in FIGURES}
