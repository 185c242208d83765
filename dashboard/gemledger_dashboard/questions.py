"""What the collector can be asked, each a question with its own answer. Pure: asking is done elsewhere."""

from collections.abc import Mapping
from typing import Literal

from gemledger_dashboard.alerts import alert_answers, board_answers, limit_answers, past_answers
from gemledger_dashboard.frame.client import Question
from gemledger_dashboard.frame.filters import Window
from gemledger_dashboard.health import health_answers, status_answers
from gemledger_dashboard.spend import price_answers, spend_answers, user_answers

Bucket = Literal["hour", "day", "total"]
Only = Mapping[str, tuple[str, ...]]
"""Values of dimensions that calls are narrowed to; the empty text stands for calls that have none."""
ALL: Only = {}


def status() -> Question[status_answers.Status]:
    """The collector itself."""
    return Question("/api/v1/status", (), status_answers.status)


def services() -> Question[tuple[health_answers.Service, ...]]:
    """Who reports, and who used to."""
    return Question("/api/v1/services", (), health_answers.services)


def spend(
    window: Window, bucket: Bucket, *by: str, only: Only = ALL
) -> Question[spend_answers.Spend]:
    """Calls and cost of a window, in buckets of its zone, grouped by attribution or model; of some calls only."""
    params = (*broken_down(window, bucket, *by), *narrowed(only))
    return Question("/api/v1/spend", params, spend_answers.spend)


def users(window: Window, limit: int = 1000) -> Question[user_answers.Users]:
    """What each user cost, the dearest first; the collector widens the window to days of UTC, and filters nothing."""
    params = (*window.bounds(), ("limit", str(limit)))
    return Question("/api/v1/users", params, user_answers.users)


def price_preview(window: Window, only: Only = ALL) -> Question[price_answers.Preview]:
    """What prices to come would change for the use of a window."""
    params = (*window.bounds(), *narrowed(only))
    return Question("/api/v1/prices/preview", params, price_answers.preview)


def limits() -> Question[limit_answers.Limits]:
    """Budgets and rules with what has been spent against them."""
    return Question("/api/v1/budgets", (), limit_answers.limits)


def alert_history(window: Window, limit: int = 200) -> Question[past_answers.AlertHistory]:
    """Alerts of a window and the messages about them, newest first."""
    params = (*times(window)[:2], ("limit", str(limit)))
    return Question("/api/v1/alerts", params, past_answers.alert_history)


def board() -> Question[board_answers.Board]:
    """All that somebody on call looks at, of one moment."""
    return Question("/api/v1/alerts/board", (), board_answers.board)


def preview(rule: str, hours: int) -> Question[alert_answers.Preview]:
    """What a rule, written as YAML, would have seen over the last hours."""
    params = (("rule", rule), ("hours", str(hours)))
    return Question("/api/v1/alerts/preview", params, alert_answers.preview, posted=True)


def broken_down(window: Window, bucket: Bucket, *by: str) -> tuple[tuple[str, str], ...]:
    """A window in buckets, and what each is broken down by, as rollups are asked."""
    return (*times(window), ("bucket", bucket), *(("by", name) for name in by))


def narrowed(only: Only) -> tuple[tuple[str, str], ...]:
    """Which calls, as rollups and lists of calls are asked."""
    return tuple((name, value) for name, values in only.items() for value in values)


def times(window: Window) -> tuple[tuple[str, str], ...]:
    """A window as parameters: its begin, its end, its zone."""
    return (*window.bounds(), ("timezone", window.zone.key))
