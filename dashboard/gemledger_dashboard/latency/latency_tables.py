"""Times, errors and limits as tables. Pure."""

from collections.abc import Mapping
from decimal import Decimal

import pandas as pd

from gemledger_dashboard.drawing import formats
from gemledger_dashboard.frame import narrowing
from gemledger_dashboard.latency.latency_answers import (
    DURATION,
    FIRST_CHUNK,
    WITHHELD,
    Account,
    Errors,
    Latency,
    RateLimits,
    Times,
    Used,
)
from gemledger_dashboard.spend.spend_answers import Spend
from gemledger_dashboard.spend.sums import Sums

KINDS: Mapping[str, str] = {
    "bad_request": "Bad request",
    "unauthenticated": "Not authenticated",
    "permission_denied": "Permission denied",
    "not_found": "Not found",
    "conflict": "Conflict",
    "rate_limited": "Rate limited, limit not named",
    "rate_limited_per_minute": "Rate limited, per minute",
    "rate_limited_per_day": "Rate limited, per day",
    "server_error": "Server error",
    "unavailable": "Unavailable",
    "timeout": "Timeout",
    "network": "Network",
    "safety": "Withheld for safety",
    "cancelled": "Cancelled",
    "other": "Other",
}
WINDOWS: Mapping[str, str] = {
    "requests_per_minute": "requests a minute",
    "input_tokens_per_minute": "input tokens a minute",
    "requests_per_day": "requests a day",
    "input_tokens_per_day": "input tokens a day",
}
SECONDS = ("p50", "p95", "p99", "Longest", "First chunk p50", "First chunk p95", "First chunk p99")
"""The columns that hold times."""


def kind_name(kind: str) -> str:
    """A kind of error in a reader's words; one that is new here as it is."""
    return KINDS.get(kind, kind.replace("_", " ").capitalize())


def model_of(account: Account) -> str:
    """A model, and whose it is where that is known."""
    owners = (account.project, account.key_digest and f"key {account.key_digest}")
    return ", ".join((account.model, *(str(owner) for owner in owners if owner)))


def latency(found: Latency, by: str, title: str) -> pd.DataFrame:
    """One line per group: times of calls, and of the first chunks of its streams."""
    first = {each.keys[by]: each for each in found.groups if each.metric == FIRST_CHUNK}
    durations = [each for each in found.groups if each.metric == DURATION]
    columns = [title, "Calls", *SECONDS[:4], "Streams", *SECONDS[4:]]
    return pd.DataFrame(
        [_latency_row(each, first.get(each.keys[by]), each.keys[by]) for each in durations],
        columns=range(len(columns)),
    ).set_axis(columns, axis=1)


def kinds(errors: Errors) -> pd.DataFrame:
    """One line per kind, the most frequent first: how often, and what it cost all the same."""
    ordered = sorted(errors.kinds.items(), key=lambda each: (-each[1].calls, each[0]))
    return pd.DataFrame(
        [
            {
                "Kind": kind_name(kind),
                "Calls": each.calls,
                "Share of calls": each.calls / errors.calls if errors.calls else None,
                "Retries": each.retries,
                "Cost": _dollars(each.cost_pico_usd),
                "At most": None if each.unbounded_calls else _dollars(each.cost_upper_pico_usd),
                "Without upper bound": each.unbounded_calls,
            }
            for kind, each in ordered
        ]
    )


def failures(spend: Spend, errors: Errors, by: str, title: str) -> pd.DataFrame:
    """One line per group that had any failure: how many calls, how many failed or were withheld, with what mostly."""
    calls = _calls(spend, by)
    by_group: dict[str | None, dict[str, int]] = {}
    for row in errors.rows:
        counted = by_group.setdefault(row.keys[by], {})
        counted[row.kind] = counted.get(row.kind, 0) + row.figures.calls
    lines = [
        (name, sum(counted.values()), counted) for name, counted in by_group.items() if counted
    ]
    lines.sort(key=lambda each: (-each[1], each[0] or ""))
    return pd.DataFrame(
        [
            {
                title: name or narrowing.UNSET,
                "Calls": calls.get(name),
                "Failed": wrong - counted.get(WITHHELD, 0),
                "Withheld": counted.get(WITHHELD, 0),
                "Share": wrong / calls[name] if calls.get(name) else None,
                "Mostly": kind_name(max(counted, key=lambda kind: (counted[kind], kind))),
            }
            for name, wrong, counted in lines
        ]
    )


def limits(found: RateLimits) -> pd.DataFrame:
    """One line per limit that is known, the tightest first, with who says it."""
    lines = [
        _limit_row(account, used)
        for account in found.accounts
        for used in account.windows
        if used.limits
    ]
    lines.sort(key=lambda line: (line["Left"] is None, line["Left"]))
    return pd.DataFrame(lines)


def mostly(errors: Errors, by: str) -> dict[str, str]:
    """The commonest kind of each group, in words."""
    counted: dict[str, dict[str, int]] = {}
    for row in errors.rows:
        kinds_of = counted.setdefault(narrowing.shown(row.keys[by] or ""), {})
        kinds_of[row.kind] = kinds_of.get(row.kind, 0) + row.figures.calls
    return {
        name: kind_name(max(kinds_of, key=lambda kind: (kinds_of[kind], kind))).lower()
        for name, kinds_of in counted.items()
    }


def _latency_row(times: Times, first: Times | None, name: str | None) -> list[object]:
    chunks = (
        (None,) * 3 if first is None else tuple(first.seconds[q] for q in ("p50", "p95", "p99"))
    )
    return [
        name or narrowing.UNSET,
        times.calls,
        *(times.seconds[quantile] for quantile in ("p50", "p95", "p99", "max")),
        0 if first is None else first.calls,
        *chunks,
    ]


def _limit_row(account: Account, used: Used) -> dict[str, object]:
    return {
        "Model": account.model,
        "Project": account.project,
        "Key": account.key_digest,
        "Limit of": WINDOWS.get(used.name, used.name),
        "Limit": used.limits[0].limit,
        "Source": used.limits[0].source,
        "Used now": used.measured,
        "Busiest minute today": used.peak,
        "Left": used.headroom_ratio,
        "Resets in": formats.seconds(used.resets_in_seconds),
        "Refused today": account.refused_today,
    }


def _calls(spend: Spend, by: str) -> dict[str | None, int]:
    sums: dict[str | None, Sums] = {}
    for row in spend.rows:
        sums[row.keys[by]] = sums.get(row.keys[by], Sums()) + row.sums
    return {name: each.calls for name, each in sums.items()}


def _dollars(pico_usd: int) -> Decimal:
    return Decimal(pico_usd).scaleb(-12)
