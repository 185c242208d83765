"""What a watcher is shown at one look."""

from collections.abc import Mapping
from dataclasses import dataclass

from gemledger_collector.alerts.alert import Alert, Watch
from gemledger_collector.storage.transaction import Snapshot


@dataclass(frozen=True, slots=True)
class View:
    """The store as of the last commit, the clock, and the alerts that are open, by fingerprint."""

    snapshot: Snapshot
    watch: Watch
    open_alerts: Mapping[str, Alert]
