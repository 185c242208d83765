"""The whole section ``extensions.alerts``, and what its parts must agree on."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Self

from pydantic import model_validator

from gemledger_collector.alerts_config.budgets import BalanceConfig, BudgetConfig
from gemledger_collector.alerts_config.channels import Channel
from gemledger_collector.alerts_config.quality import JUDGE_BUDGET, QualityConfig
from gemledger_collector.alerts_config.routes import (
    InhibitConfig,
    RouteConfig,
    TimesConfig,
    WatchdogConfig,
)
from gemledger_collector.alerts_config.rules import RuleConfig, SpikeConfig
from gemledger_collector.config_values import Duration, Listed, Strict

LOG = "log"
"""The channel that is always there."""


class AlertsConfig(Strict):
    """All of ``extensions.alerts``.

    ``lateness`` is the watermark. A window or period is over once it ended longer ago than that: a
    breach found in it afterwards (spans that came late, a back-fill, a new rule on old data) is
    history, recorded as resolved with its true times, and sent to nobody. What is not over pages:
    a threshold that late spend crosses in a budget's *current* period is told, once. For the same
    reason a new period is watched from ``lateness`` after its start: until then the one before may
    still be getting its last spans.

    ``group_wait``, ``group_interval`` and ``repeat_interval`` are those of routes that give none;
    ``repeat_interval`` reminds of what keeps firing; a budget's threshold is told once a period.
    """

    evaluation_interval: Duration = timedelta(seconds=15)
    lateness: Duration = timedelta(minutes=2)
    group_wait: Duration = timedelta(seconds=30)
    group_interval: Duration = timedelta(minutes=5)
    repeat_interval: Duration = timedelta(hours=4)
    budgets: Listed[BudgetConfig] = ()
    balances: Listed[BalanceConfig] = ()
    rules: Listed[RuleConfig] = ()
    spikes: Listed[SpikeConfig] = ()
    quality: Listed[QualityConfig] = ()
    judge_budget_alert: bool = True
    channels: Listed[Channel] = ()
    routes: Listed[RouteConfig] = ()
    inhibit: Listed[InhibitConfig] = ()
    times: Listed[TimesConfig] = ()
    watchdog: WatchdogConfig | None = None

    @model_validator(mode="after")
    def _intervals_are_positive(self) -> Self:
        for key in ("evaluation_interval", "lateness", "group_interval", "repeat_interval"):
            if getattr(self, key) <= timedelta(0):
                raise ValueError(f"{key} is {getattr(self, key)}; give a duration above 0")
        return self

    @model_validator(mode="after")
    def _names_are_unique(self) -> Self:
        watched = [
            *(each.name for each in (*self.budgets, *self.rules, *self.spikes, *self.quality)),
            *(each.name for each in self.balances),
            *([JUDGE_BUDGET] if self.judge_budget_alert else []),
        ]
        channels = [channel.name for channel in self.channels]
        times = [each.name for each in self.times]
        kinds = (
            ("budgets, rules, spikes, quality and balances", watched),
            ("channels", channels),
            ("times", times),
        )
        for key, names in kinds:
            doubled = sorted({name for name in names if names.count(name) > 1})
            if doubled:
                raise ValueError(f"{key} share the name {doubled[0]!r}; give each its own")
        if LOG in channels:
            raise ValueError(
                "a channel is named 'log', which is always there; give it another name"
            )
        return self

    @model_validator(mode="after")
    def _routes_lead_somewhere(self) -> Self:
        channels = {LOG, *(channel.name for channel in self.channels)}
        times = {each.name for each in self.times}
        for route in _all(self.routes):
            _known("a route", "channel", route.channels, channels)
            _known("a route", "times", (*route.mute_times, *route.active_times), times)
        if self.watchdog is not None:
            _known("watchdog", "channel", self.watchdog.channels, channels)
        return self


def _all(routes: Iterable[RouteConfig]) -> Iterable[RouteConfig]:
    for route in routes:
        yield route
        yield from _all(route.routes)


def _known(who: str, what: str, named: Iterable[str], known: set[str]) -> None:
    missing = sorted(set(named) - known)
    if missing:
        there = ", ".join(sorted(known)) or "none"
        raise ValueError(f"{who} names the {what} {missing[0]!r}; there is only {there}")
