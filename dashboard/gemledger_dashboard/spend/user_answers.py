"""What each user cost, as the collector keeps it: by days of UTC, whoever else is filtered."""

from dataclasses import dataclass, fields
from typing import Any

from gemledger_dashboard.drawing.formats import parse_pico
from gemledger_dashboard.spend.grouping import Group
from gemledger_dashboard.spend.sums import Sums


@dataclass(frozen=True, slots=True)
class Users:
    """The dearest users, how many there are, and how many are one row by the name `(other)`."""

    groups: tuple[Group, ...]
    user_count: int
    folded_users: int
    totals: Sums


def users(body: Any) -> Users:  # noqa: ANN401 - JSON
    """`/api/v1/users`."""
    return Users(
        tuple(Group((str(row["user_id"]),), _sums(row)) for row in body["users"]),
        int(body["user_count"]),
        int(body["folded_users"]),
        _sums(body["totals"]),
    )


def _sums(row: Any) -> Sums:  # noqa: ANN401 - as above
    """The figures that are kept of users; there are fewer than of teams."""
    kept = {field.name for field in fields(Sums)} & set(row)
    return Sums(
        **{
            name: parse_pico(row[name]) if name.endswith("_pico_usd") else int(row[name])
            for name in kept
        }
    )
