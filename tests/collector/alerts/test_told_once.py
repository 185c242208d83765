"""Whatever fires and ends, on a virtual clock: everybody hears at least once, and not again too soon."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from gemledger_collector.alerts.alert import Alert, Condition, Identity, State, Window
from gemledger_collector.alerts.dispatch.dispatcher import Dispatcher, GroupId, Standing
from gemledger_collector.alerts.dispatch.groups import Group
from gemledger_collector.alerts.notification import Notification, Reason
from gemledger_collector.alerts.states import changes
from gemledger_collector.alerts_config import LOG, AlertsConfig

MINUTE = 60 * 10**9
BREACHES = st.lists(st.sets(st.sampled_from("abc")), min_size=1, max_size=60)
"""Minute by minute, which of three teams are over the limit."""


@dataclass
class World:
    """Alerts, groups and messages as the store would keep them, and a process that may start anew."""

    config: AlertsConfig
    hold: int
    open_alerts: dict[str, Alert] = field(default_factory=dict)
    ended: list[Alert] = field(default_factory=list)
    groups: dict[GroupId, Group] = field(default_factory=dict)
    said: list[Notification] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Start the process."""
        self.restart()

    def restart(self) -> None:
        """Forget what is not in the store."""
        self.dispatcher = Dispatcher(self.config)

    def look(self, teams: Iterable[str], now: int) -> None:
        """One evaluation."""
        steps = changes(
            [_condition(each, each in teams, self.hold) for each in "abc"], self.open_alerts, now
        )
        after = [step.after for step in steps if step.after is not None]
        self.open_alerts = {
            each.identity.fingerprint: each for each in after if each.state is not State.RESOLVED
        }
        self.ended += [each for each in after if each.state is State.RESOLVED]
        fires = [each for each in after if each.state is State.FIRING]
        found = self.dispatcher.dispatch(Standing(fires, self.ended, self.groups, []), now)
        self.groups |= {(each.channel, each.group_key): each for each in found.groups}
        self.groups = {
            place: group for place, group in self.groups.items() if place not in found.over
        }
        self.said += found.notifications


def _condition(team: str, breached: bool, hold: int) -> Condition:
    identity = Identity("r", "rule", "critical", {"team": team})
    return Condition(
        identity, Window(0, 1), 10 if breached else 9, 10, breached, hold_ns=hold * MINUTE
    )


@given(BREACHES, st.integers(0, 3), st.integers(1, 20), st.sets(st.integers(0, 59)))
def test_every_alert_that_lasts_is_told_and_not_again_within_the_repeat_interval(
    breaches: list[set[str]], hold: int, repeat: int, restarts: set[int]
) -> None:
    """Held as long as its hold and the group's wait, it is told once; what is told to fire is told to have ended."""
    settings = {"group_wait": "2m", "group_interval": "3m", "repeat_interval": f"{repeat}m"}
    world = World(AlertsConfig.model_validate(settings), hold)
    for minute, teams in enumerate([*breaches, *[set()] * 10]):
        if minute in restarts:
            world.restart()
        world.look(teams, minute * MINUTE)
    assert not world.open_alerts
    assert not any(group.told_firing for group in world.groups.values())
    for team in "abc":
        _sound(team, [set(teams) for teams in breaches], world.said, hold, repeat)


def _sound(
    team: str, breaches: list[set[str]], said: list[Notification], hold: int, repeat: int
) -> None:
    believed, last_told = False, -(10**9)
    for notification in said:
        assert notification.channel == LOG
        minute = notification.created_at_unix_nano // MINUTE
        fires = team in {alert.identity.filter["team"] for alert in notification.firing}
        ends = team in {alert.identity.filter["team"] for alert in notification.resolved}
        if notification.reason is Reason.REPEAT and fires:
            assert minute - last_told >= repeat
        if fires:
            last_told = minute
        assert not (ends and not believed), "nobody hears the end of what they never heard of"
        believed = fires or (believed and not ends)
    assert not believed
    longest = max(
        map(len, "".join("x" if team in each else " " for each in breaches).split()), default=0
    )
    if (
        longest > hold + 2 + 3
    ):  # the hold, the group's wait, and at most one interval until it speaks again
        assert last_told >= 0


@given(BREACHES)
def test_a_group_speaks_at_most_once_an_interval(breaches: list[set[str]]) -> None:
    """However much its members flap."""
    settings = {"group_wait": "1m", "group_interval": "5m"}
    world = World(AlertsConfig.model_validate(settings), 0)
    for minute, teams in enumerate(breaches):
        world.look(teams, minute * MINUTE)
    told = [each.created_at_unix_nano // MINUTE for each in world.said]
    began = [each for each in world.said if each.reason is Reason.FIRST]
    assert told == sorted(set(told))
    assert len(told) <= 2 * len(began) + len(breaches) // 5 + 1


def test_the_watchdog_is_heard_in_every_interval_though_looks_come_a_little_late() -> None:
    """A dead-man's switch that skips a beat wakes somebody for nothing."""
    config = AlertsConfig.model_validate({"watchdog": {"channels": ["log"], "every": "5m"}})
    dispatcher, groups = Dispatcher(config), dict[GroupId, Group]()
    identity = Identity("Watchdog", "watchdog", "info", {})
    alert = Alert(identity, State.FIRING, Window(0, 1), 1, 1, started_at=0, firing_since=0)
    told = []
    for look in range(4 * 60):
        now = look * 15 * 10**9 + (look * 7919 % 1000) * 10**6
        found = dispatcher.dispatch(Standing([alert], [], groups, []), now)
        groups |= {(each.channel, each.group_key): each for each in found.groups}
        told += [now // (5 * MINUTE) for _ in found.notifications]
    assert told == list(range(12))
