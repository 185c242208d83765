"""When each service called, out of the ledger: what the rule for quiet services looks at."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gemledger_collector.processors.batches import Integers
from gemledger_collector.storage.buckets import SLOT_SECONDS
from gemledger_collector.storage.transaction import Snapshot

REMEMBERED_DAYS = 30
"""A service that was silent for longer is none any more."""
_LOOKED_BACK_DAYS = REMEMBERED_DAYS + 8
_DAY = 86_400


@dataclass(frozen=True, slots=True)
class Activity:
    """One service: its first slot ever, and each 15-minute slot (start, unix seconds) in which it called, in order.

    ``requests`` are those a model answered, ``request_tokens`` the input tokens they told of.
    """

    service: str
    first_slot: int
    slots: Integers
    calls: Integers
    errors: Integers
    requests: Integers
    request_tokens: Integers

    def calls_since(self, unix_seconds: int) -> int:
        """Calls in slots that end after a moment."""
        return int(self.calls[self.slots + SLOT_SECONDS > unix_seconds].sum())


def activities(snapshot: Snapshot, now_unix_nano: int) -> Sequence[Activity]:
    """Every service that called in the last ``REMEMBERED_DAYS``."""
    now = now_unix_nano // 10**9
    looked_back = {"since": now - _LOOKED_BACK_DAYS * _DAY, "until": now}
    rows = snapshot.query("service_slots", looked_back)
    first = snapshot.query("services_first_seen").to_pylist()
    first_slots = {row["service"]: row["first_slot"] for row in first}
    services = rows["service"].to_numpy()
    columns = {name: rows[name].to_numpy().astype(np.int64) for name in rows.column_names[1:]}
    found = []
    for service in dict.fromkeys(services.tolist()):
        mine = services == service
        of_service = {name: values[mine] for name, values in columns.items()}
        slots = of_service.pop("slot")
        if slots[-1] >= now - REMEMBERED_DAYS * _DAY:
            found.append(Activity(service, first_slots[service], slots, **of_service))
    return found
