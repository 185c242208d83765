"""One message about a group of alerts, before it takes the form of a channel; pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from gemledger_collector.alerts.alert import Alert, State


class Reason(StrEnum):
    """Why a message is sent: Alertmanager's reasons, in its order of precedence."""

    FIRST = "first time this group is notified"
    NEW_ALERTS = "new alerts in the group"
    ALL_RESOLVED = "all alerts of the group are resolved"
    SOME_RESOLVED = "some alerts of the group are resolved"
    REPEAT = "still firing after the repeat interval"


@dataclass(frozen=True, slots=True)
class Notification:
    """What a channel is to say: firing alerts first, then those resolved since it last spoke of them."""

    channel: str
    group_key: str
    group_labels: tuple[tuple[str, str], ...]
    alerts: Sequence[Alert]
    reason: Reason
    created_at_unix_nano: int
    sequence: int
    external_url: str

    @property
    def firing(self) -> list[Alert]:
        """Those that fire."""
        return [alert for alert in self.alerts if alert.state is State.FIRING]

    @property
    def resolved(self) -> list[Alert]:
        """Those that have ended."""
        return [alert for alert in self.alerts if alert.state is State.RESOLVED]

    @property
    def status(self) -> str:
        """``firing`` while any does."""
        return "firing" if self.firing else "resolved"
