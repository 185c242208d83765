"""Which channels hear of an alert, and how they want it put together; pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from gemledger_collector.alerts_config import (
    LOG,
    AlertmanagerConfig,
    AlertsConfig,
    Matcher,
    RouteConfig,
    all_match,
)
from gemledger_collector.config_values import nanoseconds

ALL_LABELS = "..."
DEFAULT_GROUP_BY = ("alertname",)
WATCHDOG = "watchdog"
SECOND_NS = 10**9
NEVER_NS = 2**62


@dataclass(frozen=True, slots=True)
class Leg:
    """One way an alert goes: to a channel, with the timing of the route that led there."""

    channel: str
    route: str
    """Names the route in group keys: its matchers, from the top."""
    group_by: tuple[str, ...]
    group_wait_ns: int
    group_interval_ns: int
    repeat_interval_ns: int
    mute_times: tuple[str, ...] = ()
    active_times: tuple[str, ...] = ()
    passes_muting: bool = False
    """Whether it takes everything: another Alertmanager has silences of its own."""

    def group_labels(self, labels: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
        """The labels that alerts of one group share."""
        names = sorted(labels) if ALL_LABELS in self.group_by else self.group_by
        return tuple((name, labels[name]) for name in names if name in labels)

    def group_key(self, labels: Mapping[str, str]) -> str:
        """Route and group labels, as Alertmanager writes them."""
        shared = ", ".join(f'{name}="{value}"' for name, value in self.group_labels(labels))
        return f"{self.route}:{{{shared}}}"


@dataclass(frozen=True, slots=True)
class Routes:
    """The tree of routes of one configuration."""

    config: AlertsConfig
    _pushing: dict[str, AlertmanagerConfig] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Note which channels are Alertmanagers: what they get is neither grouped nor muted here."""
        for channel in self.config.channels:
            if isinstance(channel, AlertmanagerConfig):
                self._pushing[channel.name] = channel

    def legs(self, labels: Mapping[str, str]) -> list[Leg]:
        """Every way an alert with these labels goes; the log is always one, each channel at most one."""
        if labels.get("kind") == WATCHDOG and self.config.watchdog is not None:
            return self._watchdog_legs()
        top = self.top(LOG)
        routed = list(_descend(self.config.routes, top, "{}", labels)) if self.config.routes else []
        if not self.config.routes:
            routed = [replace(top, channel=channel.name) for channel in self.config.channels]
        first_way = {leg.channel: leg for leg in reversed([top, *routed])}
        return [self._pushed(leg) for leg in first_way.values()]

    def top(self, channel: str) -> Leg:
        """The way to a channel with nothing but the configuration's own timing."""
        config = self.config
        return Leg(
            channel=channel,
            route="{}",
            group_by=DEFAULT_GROUP_BY,
            group_wait_ns=nanoseconds(config.group_wait),
            group_interval_ns=nanoseconds(config.group_interval),
            repeat_interval_ns=nanoseconds(config.repeat_interval),
        )

    def _pushed(self, leg: Leg) -> Leg:
        if leg.channel not in self._pushing:
            return leg
        return replace(
            leg,
            group_by=(ALL_LABELS,),
            group_wait_ns=0,
            group_interval_ns=SECOND_NS,
            repeat_interval_ns=NEVER_NS,  # the courier tells it again what fires
            mute_times=(),
            active_times=(),
            passes_muting=True,
        )

    def _watchdog_legs(self) -> list[Leg]:
        watchdog = self.config.watchdog
        assert watchdog is not None
        every = nanoseconds(watchdog.every)
        timing = Leg(LOG, "{watchdog}", DEFAULT_GROUP_BY, 0, every, every // 2, passes_muting=True)
        return [replace(timing, channel=channel) for channel in watchdog.channels]


def _descend(
    routes: Sequence[RouteConfig], parent: Leg, path: str, labels: Mapping[str, str]
) -> Iterator[Leg]:
    """The first route that matches, and those after it while they say ``continue``; children before the route."""
    for route in routes:
        if not all_match(route.all_matchers, labels):
            continue
        here = f"{path}/{_written(route.all_matchers)}"
        own = _inherited(route, parent, here)
        found = list(_descend(route.routes, own, here, labels))
        yield from found or [replace(own, channel=name) for name in route.channels]
        if not route.continues:
            return


def _inherited(route: RouteConfig, parent: Leg, path: str) -> Leg:
    return replace(
        parent,
        route=path,
        group_by=parent.group_by if route.group_by is None else route.group_by,
        mute_times=route.mute_times,
        active_times=route.active_times,
        group_wait_ns=_given(route.group_wait, parent.group_wait_ns),
        group_interval_ns=_given(route.group_interval, parent.group_interval_ns),
        repeat_interval_ns=_given(route.repeat_interval, parent.repeat_interval_ns),
    )


def _given(duration: timedelta | None, parent_ns: int) -> int:
    return parent_ns if duration is None else nanoseconds(duration)


def _written(matchers: Sequence[Matcher]) -> str:
    return "{" + ",".join(str(matcher) for matcher in matchers) + "}"
