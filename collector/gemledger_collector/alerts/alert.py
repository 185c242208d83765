"""What an alert is and what a look finds: the words every part of ``alerts/`` shares; pure."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from gemledger_collector.alerts_config import NoData, Unit

MONEY: Unit = "pico_usd"


class State(StrEnum):
    """Where an alert stands; ``inactive`` is the state of what is not stored."""

    INACTIVE = "inactive"
    PENDING = "pending"
    FIRING = "firing"
    RESOLVED = "resolved"
    NO_DATA = "no_data"


class Ended(StrEnum):
    """Why an alert no longer fires, or why nobody heard of it."""

    OPEN = ""
    NOT_BREACHED = "no longer breached"
    PERIOD_OVER = "its period is over"
    REMOVED = "no longer in the configuration"
    LATE = "found in late data"
    NO_DATA = "nothing is measured any more"


@dataclass(frozen=True, slots=True)
class Identity:
    """What makes an alert this one and no other: never its value, never its time.

    ``filter`` is the traffic it is about, the group's own values included; ``extra`` are labels the configuration adds.
    ``kind`` is one of rule, budget, forecast, burn_rate, spike, quality, balance,
    watchdog.
    """

    rule: str
    kind: str
    severity: str
    filter: Mapping[str, str]
    threshold_percent: int | None = None
    extra: Mapping[str, str] = field(default_factory=dict)

    @property
    def labels(self) -> dict[str, str]:
        """Labels as Alertmanager knows them; routes match on them."""
        own = {
            "alertname": self.rule,
            "rule": self.rule,
            "kind": self.kind,
            "severity": self.severity,
        }
        if self.threshold_percent is not None:
            own["threshold_percent"] = str(self.threshold_percent)
        return {**self.extra, **self.filter, **own}

    @property
    def fingerprint(self) -> str:
        """Sixteen hex digits of the labels' hash: the same after a restart and on another machine."""
        written = json.dumps(self.labels, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(written.encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Window:
    """The evidence of a breach: ``[start, end)`` in unix nanoseconds."""

    start_unix_nano: int
    end_unix_nano: int

    @property
    def seconds(self) -> int:
        """Its length in whole seconds."""
        return (self.end_unix_nano - self.start_unix_nano) // 10**9


@dataclass(frozen=True, slots=True)
class Watch:
    """The clock of one evaluation: windows that ended before ``watermark`` are over."""

    now: int
    lateness_ns: int

    @property
    def watermark(self) -> int:
        """Unix nanoseconds; spend of earlier windows is history."""
        return self.now - self.lateness_ns


@dataclass(frozen=True, slots=True)
class Condition:
    """What one group of a rule, or one threshold of a budget, sees now.

    ``value`` and ``limit`` are integers of ``unit``; ``value`` None means that nothing was measured. ``breached`` says
    whether the limit is met: who looks decides, since above and below differ.
    """

    identity: Identity
    window: Window
    value: int | None
    limit: int
    breached: bool
    unit: Unit = MONEY
    metric: str | None = None
    hold_ns: int = 0
    keep_firing_ns: int = 0
    no_data: NoData = "show"
    breached_since: int | None = None
    """Event time at which an ongoing breach began, where the ledger shows it to be older than now."""
    annotations: Mapping[str, str] = field(default_factory=dict)

    def begins_after(self, alert: "Alert") -> bool:
        """Whether the alert is about an earlier calendar period than this condition."""
        return (
            self.identity.kind in {"budget", "forecast"}
            and self.window.start_unix_nano >= alert.window.end_unix_nano
        )


@dataclass(frozen=True, slots=True)
class Episode:
    """A breach whose window is over: from when to when, and how high it went."""

    identity: Identity
    window: Window
    started_at: int
    ended_at: int
    value: int
    limit: int


@dataclass(frozen=True, slots=True)
class Alert:
    """One stay of an alert outside ``inactive``: what the store keeps. Times are unix nanoseconds."""

    identity: Identity
    state: State
    window: Window
    value: int
    limit: int
    started_at: int
    unit: Unit = MONEY
    metric: str | None = None
    last_breached_at: int | None = None
    firing_since: int | None = None
    resolved_at: int | None = None
    notified_at: int | None = None
    """When a channel was first told of it; what nobody was told of resolves in silence."""
    ended: Ended = Ended.OPEN
    told: str = ""
    """Why a channel was last told of it: a ``Reason``; empty while nobody was."""
    cause: str = ""
    """One line for people: who is behind it."""
    evidence: str | None = None
    """JSON for programs: the parts of the excess and the contributors; see ``alerts/cause``."""
    annotations: Mapping[str, str] = field(default_factory=dict)

    @property
    def reason(self) -> str:
        """Why it ended; while it has not, why somebody was last told."""
        return self.ended.value or self.told

    @property
    def late(self) -> bool:
        """Whether it is history found in late data, which nobody was told of."""
        return self.ended is Ended.LATE

    @property
    def key(self) -> str:
        """Names this stay: fingerprint and start."""
        return f"{self.identity.fingerprint}/{self.started_at}"
