"""Spend in a trailing window above a limit, as the ledger's slots tell it: what holds, and what held; pure."""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from itertools import groupby

from gemledger_collector.alerts.alert import Condition, Episode, Watch, Window
from gemledger_collector.alerts.rules.conditions import identity
from gemledger_collector.alerts.slots import (
    SLOT_NS,
    Spend,
    Trailing,
    slot_of,
    trailing,
)
from gemledger_collector.alerts_config import RuleConfig
from gemledger_collector.alerts_config.rules import SLOT
from gemledger_collector.config_values import nanoseconds


def is_walked(rule: RuleConfig) -> bool:
    """Whether the ledger's slots alone tell what held before: then late data is walked for it."""
    whole = rule.window >= SLOT and rule.window % SLOT == timedelta(0)
    return rule.metric == "cost" and rule.is_above and not rule.group_by and whole


def assess(rule: RuleConfig, spend: Spend, watch: Watch) -> tuple[Condition, list[Episode]]:
    """What the rule sees in the windows that are not over, and the breaches in those that are.

    A run of breached windows that reaches into one that is not over belongs to the present: it is
    no episode, it tells since when the present breach lasts.
    """
    windows = trailing(spend, _window_seconds(rule), slot_of(watch.now))
    live: list[Trailing] = []
    episodes: list[Episode] = []
    since: int | None = None
    for breached, run in _runs(windows, rule.limit):
        current = [window for window in run if window.end_unix_nano > watch.watermark]
        live.extend(current)
        if breached and current:
            since = run[0].last_slot * 10**9 if run[0] not in current else None
        elif breached and _lasted(run, rule):
            episodes.append(_episode(rule, run))
    return _condition(rule, live, since, watch), episodes


def _runs(windows: Iterable[Trailing], limit: int) -> Iterator[tuple[bool, list[Trailing]]]:
    for breached, run in groupby(windows, key=lambda window: window.value >= limit):
        yield breached, list(run)


def _condition(
    rule: RuleConfig, live: list[Trailing], since: int | None, watch: Watch
) -> Condition:
    # The window that ended a moment ago still counts: its last spans may only now have been committed.
    highest = max(live, key=lambda window: (window.value, window.last_slot), default=None)
    shown = highest or Trailing(slot_of(watch.now), 0)
    return Condition(
        identity=identity(rule),
        window=_window(rule, shown),
        value=shown.value,
        limit=rule.limit,
        breached=shown.value >= rule.limit,
        unit=rule.unit,
        metric=rule.metric,
        hold_ns=nanoseconds(rule.hold),
        keep_firing_ns=nanoseconds(rule.keep_firing_for),
        annotations=rule.annotations,
        breached_since=since,
    )


def _lasted(run: list[Trailing], rule: RuleConfig) -> bool:
    # Between the first and the last breached slot lie at least this many whole slots: a breach that the
    # loop saw end before its hold was over must not come back as history.
    return (len(run) - 1) * SLOT_NS >= nanoseconds(rule.hold)


def _episode(rule: RuleConfig, run: list[Trailing]) -> Episode:
    highest = max(run, key=lambda window: window.value)
    return Episode(
        identity=identity(rule),
        window=_window(rule, highest),
        started_at=run[0].last_slot * 10**9,
        ended_at=run[-1].end_unix_nano,
        value=highest.value,
        limit=rule.limit,
    )


def _window(rule: RuleConfig, last: Trailing) -> Window:
    end = last.last_slot * 10**9 + SLOT_NS
    return Window(end - _window_seconds(rule) * 10**9, end)


def _window_seconds(rule: RuleConfig) -> int:
    return int(rule.window.total_seconds())
