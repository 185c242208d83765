"""The dead-man's switch: an alert that always fires. Who misses its message knows that no other would come either."""

from collections.abc import Sequence
from dataclasses import dataclass

from gemledger_collector.alerts.alert import Condition, Identity, Window
from gemledger_collector.alerts.view import View
from gemledger_collector.alerts_config import WatchdogConfig
from gemledger_collector.config_values import nanoseconds


@dataclass(frozen=True, slots=True)
class Watchdog:
    """One that is configured."""

    config: WatchdogConfig

    def look(self, view: View) -> Sequence[Condition]:
        """Always in breach: that the store could be asked and the loop runs is what it tells."""
        window = Window(view.watch.now - nanoseconds(self.config.every), view.watch.now)
        identity = Identity("Watchdog", "watchdog", "info", {})
        return [Condition(identity, window, 1, 1, breached=True, unit="count")]
