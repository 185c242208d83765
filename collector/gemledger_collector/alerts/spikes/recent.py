"""What groups spend right now, out of the minutes in memory: the trailing hour, and the speed of 20 minutes."""

from collections.abc import Mapping
from dataclasses import dataclass

from gemledger_collector.alerts.alert import Watch, Window
from gemledger_collector.alerts.measures.definitions import COST
from gemledger_collector.alerts.measures.sources import MinuteSource
from gemledger_collector.alerts.measures.windows import Windows
from gemledger_collector.alerts.spikes.rule import SPEED_SECONDS
from gemledger_collector.alerts.spikes.usual import HOUR_SECONDS
from gemledger_collector.alerts_config import SpikeConfig
from gemledger_collector.storage.group_spend import Group
from gemledger_collector.storage.rule_windows import Asked

_NANO, _MINUTE = 10**9, 60


@dataclass(frozen=True, slots=True)
class Recent:
    """picoUSD by group: of the window, and what the newest spend comes to in an hour."""

    window: Window
    hour: Mapping[Group, int]
    speed: Mapping[Group, int]


def recent(source: MinuteSource, spike: SpikeConfig, watch: Watch) -> Recent:
    """The windows that end with the running minute."""
    asked = Asked(tuple(spike.group_by), tuple(sorted(spike.filter.labels().items())))
    end = watch.now // _NANO // _MINUTE * _MINUTE + _MINUTE
    hour = Windows(HOUR_SECONDS, (end,), end)
    frame = source.frame(asked, hour)
    spent = frame.total((COST,), hour)[0].tolist()
    newest = frame.total((COST,), Windows(SPEED_SECONDS, (end,), end))[0].tolist()
    groups = source.grouping(asked).groups.all
    some = [place for place, amount in enumerate(spent) if amount]
    return Recent(
        hour.at(0),
        {groups[place]: int(spent[place]) for place in some},
        {groups[place]: int(newest[place]) * HOUR_SECONDS // SPEED_SECONDS for place in some},
    )
