"""How much of each rate limit is used: measured, beside what is known of the limit.

Requests and input tokens of a model, by project and key. A minute is the 60 seconds before now, which is never kinder
than Google's; a day begins at midnight Pacific time. A limit is configured or was told by a 429.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from gemledger import semconv
from gemledger_collector.storage.buckets import Bucket, buckets, slots_around
from gemledger_collector.storage.transaction import Snapshot

PACIFIC = "America/Los_Angeles"
CONFIGURED, LEARNED = "configured", "learned"
MOST_ROWS = 1_000
_MEASURES = (
    ("requests", "minute"),
    ("input_tokens", "minute"),
    ("requests", "day"),
    ("input_tokens", "day"),
)


class Account(NamedTuple):
    """Whose limits they are; empty where nobody said."""

    model: str
    project: str
    key_digest: str


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit and who says so. ``project`` and ``key_digest`` of a configured one may be None: any."""

    model: str
    project: str | None
    key_digest: str | None
    unit: str
    window: str
    limit: int
    source: str
    quota_id: str | None = None
    learned_unix_nano: int | None = None

    def covers(self, account: Account) -> bool:
        """Whether it limits this account."""
        return (
            self.model == account.model
            and self.project in (None, account.project)
            and self.key_digest in (None, account.key_digest)
        )

    @property
    def precedence(self) -> tuple[bool, int, int, int]:
        """The higher one wins: configured before learned, the more specific, what was learned last, the tighter.

        A limit that was reached long ago may be that of a tier the account has left.
        """
        specific = (self.project is not None) + (self.key_digest is not None)
        return self.source == CONFIGURED, specific, self.learned_unix_nano or 0, -self.limit


@dataclass(frozen=True, slots=True)
class Used:
    """One unit in one window: what was used of it, and the limits there are. The first of them wins."""

    unit: str
    window: str
    measured: int
    peak: int | None
    limits: Sequence[Limit]
    resets_in_seconds: int

    @property
    def name(self) -> str:
        """Such as ``input_tokens_per_minute``."""
        return f"{self.unit}_per_{self.window}"

    @property
    def headroom_ratio(self) -> float | None:
        """The share that is left; None without a limit."""
        if not self.limits:
            return None
        limit = self.limits[0].limit
        return max(0.0, 1 - self.measured / limit) if limit else 0.0


@dataclass(frozen=True, slots=True)
class Usage:
    """One model of one account. ``refused`` counts calls that ended in 429, by window."""

    account: Account
    windows: Sequence[Used]
    refused: Mapping[str, int]
    retry_delay_seconds: float | None
    last_refused_unix_nano: int | None

    @property
    def headroom_ratio(self) -> float | None:
        """What is left of its tightest limit."""
        ratios = [used.headroom_ratio for used in self.windows if used.headroom_ratio is not None]
        return min(ratios, default=None)


@dataclass(frozen=True, slots=True)
class _Facts:
    """What the store has to say."""

    use: Mapping[Account, Mapping[str, int]]
    peaks: Mapping[Account, Mapping[str, int]] = field(default_factory=dict)
    learned: Sequence[Mapping[str, Any]] = ()


def pacific_day(now_unix_nano: int) -> Bucket:
    """The day in which Google counts, in unix seconds: 23 to 25 hours, whole slots of the ledger."""
    return next(buckets(slots_around(now_unix_nano, now_unix_nano + 1), "day", PACIFIC))


def rate_limits(
    snapshot: Snapshot, now_unix_nano: int, configured: Sequence[Limit], *, peaks: bool = True
) -> list[Usage]:
    """Every model and account that used something today or has a limit, the tightest first.

    ``peaks``: with the busiest minute of the day, which is sought in the day's spans.
    """
    day = pacific_day(now_unix_nano)
    facts = _facts(snapshot, now_unix_nano, day, peaks=peaks)
    limits = [*configured, *_learned_limits(facts.learned)]
    accounts = dict.fromkeys([*facts.use, *_accounts_of(limits)])
    found = [_usage(account, facts, limits, (now_unix_nano, day)) for account in accounts]
    return sorted(found, key=lambda usage: (_or_one(usage.headroom_ratio), usage.account))


def day_label(day: Bucket) -> str:
    """The day's date, in Pacific time."""
    start = datetime.fromtimestamp(day.start, UTC).astimezone(ZoneInfo(PACIFIC))
    return (start + timedelta(hours=1)).date().isoformat()


def _or_one(ratio: float | None) -> float:
    return 2.0 if ratio is None else ratio


def _facts(snapshot: Snapshot, now: int, day: Bucket, *, peaks: bool) -> _Facts:
    operations = list(semconv.RATE_LIMITED_OPERATIONS)
    use = snapshot.query(
        "rate_limit_use",
        {
            "now": now,
            "day_start": day.start,
            "day_end": day.end,
            "limited_operations": operations,
            "most": MOST_ROWS,
        },
    )
    learned = snapshot.query("rate_limits_learned", {"most": MOST_ROWS}).to_pylist()
    if not peaks:
        return _Facts(_by_account(use.to_pylist()), learned=learned)
    bounds = {"since": day.start * 10**9, "until": day.end * 10**9}
    busiest = snapshot.query("rate_limit_peaks", bounds | {"limited_operations": operations})
    return _Facts(_by_account(use.to_pylist()), _by_account(busiest.to_pylist()), learned)


def _by_account(rows: list[dict[str, Any]]) -> dict[Account, dict[str, int]]:
    return {
        Account(row.pop("model"), row.pop("project"), row.pop("key_digest")): row for row in rows
    }


def _learned_limits(rows: Sequence[Mapping[str, Any]]) -> Iterator[Limit]:
    for row in rows:
        measured = (row["unit"], row["quota_window"])
        if row["limit_value"] is not None and measured in _MEASURES:
            yield Limit(
                row["model"],
                row["project"],
                row["key_digest"],
                *measured,
                row["limit_value"],
                LEARNED,
                row["quota_id"],
                row["learned_unix_nano"],
            )


def _accounts_of(limits: Sequence[Limit]) -> Iterator[Account]:
    """Accounts that have a limit of their own, and may have used nothing."""
    for limit in limits:
        if limit.project is not None or limit.key_digest is not None:
            yield Account(limit.model, limit.project or "", limit.key_digest or "")


def _usage(
    account: Account, facts: _Facts, limits: Sequence[Limit], at: tuple[int, Bucket]
) -> Usage:
    used, peak = facts.use.get(account, {}), facts.peaks.get(account, {})
    now, day = at
    left = {"minute": 60 - now // 10**9 % 60, "day": day.end - now // 10**9}
    own = sorted(
        (limit for limit in limits if limit.covers(account)),
        key=lambda limit: limit.precedence,
        reverse=True,
    )
    windows = [
        Used(
            unit,
            window,
            used.get(f"{window}_{unit}", 0),
            peak.get(f"peak_{unit}") if window == "minute" else None,
            [limit for limit in own if (limit.unit, limit.window) == (unit, window)],
            left[window],
        )
        for unit, window in _MEASURES
    ]
    told = [row for row in facts.learned if _account(row) == account]
    delays = [row for row in told if row["retry_delay_seconds"] is not None]
    return Usage(
        account,
        windows,
        {window: used.get(f"{window}_refused", 0) for window in left},
        delays[0]["retry_delay_seconds"] if delays else None,
        told[0]["learned_unix_nano"] if told else None,
    )


def _account(row: Mapping[str, Any]) -> Account:
    return Account(row["model"], row["project"], row["key_digest"])
