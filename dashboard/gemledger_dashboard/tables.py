"""Tables for the screen and for a file. On the screen amounts are Decimals, in a file exact text."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from gemledger_dashboard import formats
from gemledger_dashboard.answers import (
    COST_LINES,
    Alert,
    AlertHistory,
    Evaluation,
    QualityRow,
    Sums,
)
from gemledger_dashboard.grouping import UNSET, Group

MONEY = ("Cost", "Known", "Estimated", "At most")
"""The columns that hold dollars."""

COUNTS = (
    "Unpriced calls",
    "Calls",
    "Errors",
    "Input tokens",
    "Output tokens",
    "Judged",
    "Cannot tell",
)
"""The columns that hold whole numbers."""

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def spend(groups: Sequence[Group], titles: Sequence[str]) -> pd.DataFrame:
    """One line per group: cost, its share of all, how sure it is, calls and tokens."""
    whole = Sums.total(group.sums for group in groups).cost_pico_usd
    return pd.DataFrame(
        [
            {
                **dict(zip(titles, group.names, strict=True)),
                "Cost": _dollars(group.sums.priced_pico_usd),
                "Share": _part(group.sums.priced_pico_usd, whole),
                "Known": _dollars(group.sums.known_pico_usd),
                "Estimated": _dollars(group.sums.estimated_pico_usd),
                "At most": _dollars(group.sums.cost_upper_pico_usd)
                if group.sums.unbounded_calls == 0
                else None,
                "Unpriced calls": group.sums.unpriced_calls,
                "Calls": group.sums.calls,
                "Errors": group.sums.errors,
                "Input tokens": group.sums.input_tokens,
                "Cache-hit share": formats.share(
                    group.sums.cache_read_tokens, group.sums.input_tokens
                ),
                "Output tokens": group.sums.output_tokens,
            }
            for group in groups
        ]
    )


def cost_lines(sums: Sums) -> pd.DataFrame:
    """One line per kind of cost that there was, in the order of a bill."""
    return pd.DataFrame(
        [
            {
                "Kind": formats.LINE_NAMES[line],
                "Cost": _dollars(pico),
                "Share": _part(pico, sums.cost_pico_usd),
            }
            for line, pico in sums.lines.items()
            if pico
        ]
    )


def dollar_format(groups: Sequence[Group]) -> str:
    """Cents, or as many decimals as the cheapest group needs so as not to look free."""
    return _format(group.sums.cost_pico_usd for group in groups)


def lines_format(sums: Sums) -> str:
    """The same for the kinds of cost."""
    return _format(sums.lines.values())


def _format(amounts: Iterable[int]) -> str:
    some = (abs(amount) for amount in amounts if amount)
    cheapest = min(some, default=formats.PICO_PER_USD)
    return "dollar" if cheapest * 100 >= formats.PICO_PER_USD else "$%.6f"


def spend_csv(groups: Sequence[Group], names: Sequence[str]) -> str:
    """The same for a file: every figure of the API, cost in USD to the last picodollar."""
    columns = [name for name in Sums().amounts() if not name.endswith("_pico_usd")]
    money = ["cost", "known", "estimated", "cost_upper", *COST_LINES]
    lines = [
        {
            **dict(zip(names, group.names, strict=True)),
            **{
                f"{name}_usd": formats.usd_exact(group.sums.amounts()[f"{name}_pico_usd"])
                for name in money
            },
            **{name: str(group.sums.amounts()[name]) for name in columns},
        }
        for group in groups
    ]
    return _csv([*names, *(f"{name}_usd" for name in money), *columns], lines)


def alerts(history: AlertHistory, zone: ZoneInfo) -> pd.DataFrame:
    """One line per alert: what, state, when, how long, value against limit, who was told."""
    return pd.DataFrame(
        [
            {
                "State": alert.state,
                "Alert": alert_name(alert),
                "Severity": alert.severity,
                "Began": formats.instant(alert.began, zone),
                "Lasted": formats.duration(alert.resolved_at - alert.began)
                if alert.resolved_at
                else "goes on",
                "Value": formats.usd(alert.value_pico_usd),
                "Limit": formats.usd(alert.limit_pico_usd),
                "Told": told(alert, history),
                "Why": alert.reason,
                "Cause": alert.cause,
            }
            for alert in history.alerts
        ]
    )


def most_severe(alerts: Sequence[Alert]) -> list[Alert]:
    """What is open, each budget once: at the highest threshold it has reached."""
    found: dict[str, Alert] = {}
    for alert in alerts:
        if alert.state not in {"firing", "pending"}:
            continue
        one = alert.fingerprint if alert.threshold_percent is None else f"budget {alert.rule}"
        kept = found.get(one)
        if kept is None or (kept.threshold_percent or 0) < (alert.threshold_percent or 0):
            found[one] = alert
    return list(found.values())


def limit_reached(alert: Alert) -> bool:
    """Whether all of a limit that matters is used up, not only a part of it."""
    used_up = alert.threshold_percent is None or alert.threshold_percent >= 100
    return used_up and alert.state == "firing" and alert.severity == "critical"


def alert_name(alert: Alert) -> str:
    """The rule's or budget's name, with the threshold that was reached."""
    step = alert.threshold_percent
    return alert.rule if step is None else f"{alert.rule}, {step} %"


def told(alert: Alert, history: AlertHistory) -> str:
    """Which channels heard of an alert, and which did not.

    An alert that comes again has the same fingerprint: messages belong to the newest one before.
    """
    following = [
        other.started_at
        for other in history.alerts
        if other.fingerprint == alert.fingerprint and other.started_at > alert.started_at
    ]
    about = [
        message
        for message in history.notifications
        if message.fingerprint == alert.fingerprint
        and message.created_at >= alert.started_at
        and (not following or message.created_at < min(following))
    ]
    heard = sorted({message.channel for message in about if message.delivered})
    waiting = {message.channel for message in about if message.waiting} - set(heard)
    failed = {message.channel for message in about} - waiting - set(heard)
    parts = [
        *heard,
        *(f"{channel} (failed)" for channel in sorted(failed)),
        *(f"{channel} (waiting)" for channel in sorted(waiting)),
    ]
    return ", ".join(parts) if alert.notified or parts else "nobody"


def notifications(history: AlertHistory, zone: ZoneInfo) -> pd.DataFrame:
    """One line per message: when, where to, about what, and whether it arrived."""
    return pd.DataFrame(
        [
            {
                "Written": formats.instant(message.created_at, zone),
                "Channel": message.channel,
                "Alert": message.rule,
                "State": message.status,
                "Arrived": "waiting" if message.waiting else "yes" if message.delivered else "no",
                "Attempts": message.attempts,
                "Why": message.error or message.reason,
            }
            for message in history.notifications
        ]
    )


def versions(rows: Sequence[QualityRow]) -> pd.DataFrame:
    """One line per feature and prompt version of one dimension, with both intervals."""
    return pd.DataFrame(
        [
            {
                "Feature": row.keys.get("feature") or UNSET,
                "Prompt version": row.keys.get("prompt_version") or UNSET,
                "Judged": row.judged,
                "Judge-flagged": formats.percent(row.bad_rate),
                "95 % interval": formats.percent_interval(row.bad_rate_low, row.bad_rate_high),
                "Mean score": formats.score(row.mean_score),
                "Cannot tell": row.cannot_tell,
                "Errors": row.errors,
            }
            for row in rows
        ]
    )


def flagged(evaluations: Sequence[Evaluation], zone: ZoneInfo) -> pd.DataFrame:
    """One line per flagged answer, with the judge's reason."""
    return pd.DataFrame(
        [
            {
                "Call": formats.instant(answer.call_start_time, zone),
                "Dimension": answer.dimension,
                "Reason": answer.reason,
                "Score": formats.score(answer.score),
                "Feature": answer.feature or UNSET,
                "Prompt version": answer.prompt_version or UNSET,
                "Model": answer.model or UNSET,
                "Judge": f"{answer.judge_model}, rubric {answer.rubric_version}",
                "Trace": answer.trace_id,
            }
            for answer in evaluations
        ]
    )


def _csv(columns: Sequence[str], lines: Sequence[Mapping[str, Any]]) -> str:
    """CSV in which no spreadsheet finds a formula: labels are foreign text."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([_harmless(str(line[column])) for column in columns] for line in lines)
    return out.getvalue()


def _harmless(text: str) -> str:
    is_number = text.removeprefix("-").replace(".", "", 1).isdigit()
    return f"'{text}" if text.startswith(_FORMULA_STARTS) and not is_number else text


def _part(pico_usd: int | None, whole: int) -> float | None:
    return None if pico_usd is None or not whole else pico_usd / whole


def _dollars(pico_usd: int | None) -> Decimal | None:
    return None if pico_usd is None else Decimal(pico_usd).scaleb(-12)
