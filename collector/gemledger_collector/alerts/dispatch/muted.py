"""On whose account nobody is told of an alert that fires; pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gemledger_collector.alerts.alert import Alert, State
from gemledger_collector.alerts.dispatch.inhibition import Inhibition
from gemledger_collector.alerts.dispatch.muting import Silence, Times, quiet_time, silenced_by
from gemledger_collector.alerts.dispatch.routing import Routes
from gemledger_collector.alerts_config import LOG, AlertsConfig


@dataclass(frozen=True, slots=True)
class Mute:
    """One thing that keeps an alert quiet: ``by`` is acknowledgement, silence, alert or times.

    An empty ``channel`` is all of them.
    """

    by: str
    name: str
    words: str
    channel: str = ""


class Mutes:
    """Of the alerts of one moment."""

    def __init__(
        self, config: AlertsConfig, alerts: Iterable[Alert], silences: Sequence[Silence], now: int
    ) -> None:
        firing = [alert for alert in alerts if alert.state is State.FIRING]
        self._inhibition = Inhibition(config.inhibit, firing)
        self._silences = silences
        self._routes = Routes(config)
        self._times = Times(config.times)
        self._now = now

    def of(self, alert: Alert) -> list[Mute]:
        """What keeps this one quiet; nothing for one that does not fire."""
        legs = self._routes.legs(alert.identity.labels)
        if alert.state is not State.FIRING or all(leg.passes_muting for leg in legs):
            return []
        found = []
        for silence in self._covering(alert):
            words = f"{silence.created_by}: {silence.comment}"
            by = "acknowledgement" if silence.acknowledges else "silence"
            found.append(Mute(by, silence.silence_id, words))
        source = self._inhibition.muted_by(alert)
        if source is not None:
            found.append(
                Mute("alert", source.identity.rule, "it fires as well, and explains this one")
            )
        for leg in legs:
            name = quiet_time(leg.mute_times, leg.active_times, self._times, self._now)
            if name is not None and leg.channel != LOG:
                found.append(Mute("times", name, "its route is quiet now", leg.channel))
        return found

    def _covering(self, alert: Alert) -> list[Silence]:
        """The acknowledgement and the first silence that cover it: neither hides the other."""
        seen = [each for each in self._silences if each.acknowledges]
        made = [each for each in self._silences if not each.acknowledges]
        both = (silenced_by(alert, each, self._now) for each in (seen, made))
        return [each for each in both if each is not None]
