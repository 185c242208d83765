"""Where apps ask. Money is set aside inside the store's one write transaction, so that no two get the same dollar."""

import json
from dataclasses import dataclass, field, replace

from gemledger_collector.alerts.budgets.groups import labels_of
from gemledger_collector.alerts.budgets.period import period_at, slots_of
from gemledger_collector.alerts.reservations.asking import (
    Asked,
    Decision,
    Standing,
    key_of,
    matching,
)
from gemledger_collector.alerts_config import AlertsConfig
from gemledger_collector.errors import NotFound
from gemledger_collector.storage import reservations
from gemledger_collector.storage.budget_spend import RememberedSpend, Traffic
from gemledger_collector.storage.reservations import NewReservation, ReservationRow, Reserved
from gemledger_collector.storage.store import Store
from gemledger_collector.storage.transaction import Snapshot


@dataclass(frozen=True, slots=True)
class Desk:
    """Answers for one configuration; what is set aside is kept by the store, so a restart frees nothing."""

    store: Store
    config: AlertsConfig
    remembered: RememberedSpend = field(default_factory=RememberedSpend)

    def check(self, asked: Asked, now: int) -> Decision:
        """Whether it may be spent; nothing is set aside, so the next to ask may get it."""
        ledger = self.store.ledger_commits
        with self.store.reading() as snapshot:
            return self._look(snapshot, ledger, asked, now).decision

    def reserve(self, asked: Asked, reservation_id: str, now: int) -> Decision:
        """Set the money aside where every budget has it left. Whoever is refused has not waited for the writer."""
        commits, ledger = self.store.commits, self.store.ledger_commits
        with self.store.reading() as snapshot:
            look = self._look(snapshot, ledger, asked, now)
        if not look.decision.allowed:
            return look.decision
        with self.store.writing() as transaction:
            if self.store.commits != commits:  # somebody has written since: look again, now alone
                look = self._look(transaction, self.store.ledger_commits, asked, now)
            if not look.decision.allowed:
                return look.decision
            if look.reserved.has_old:
                reservations.forget_old(transaction, now)
            reservations.reserve(transaction, _row(look.decision, reservation_id, now))
        return replace(look.decision, reservation_id=reservation_id)

    def release(self, reservation_id: str, now: int) -> ReservationRow:
        """Free what is left of a reservation; one that is over already stays as it is. Raises NotFound."""
        with self.store.writing() as transaction:
            reservations.release(transaction, reservation_id, now)
            return _known(transaction, reservation_id)

    def reservation(self, reservation_id: str) -> ReservationRow:
        """What became of a reservation, until a day after its expiry. Raises NotFound."""
        with self.store.reading() as snapshot:
            return _known(snapshot, reservation_id)

    def _look(self, snapshot: Snapshot, ledger: int, asked: Asked, now: int) -> "_Look":
        reserved = reservations.reserved_at(snapshot, now)
        standings = []
        for budget, group in matching(self.config.budgets, asked.labels):
            period = period_at(budget, now)
            traffic = Traffic(labels_of(budget, group))
            in_period = self.remembered.spent(ledger, snapshot, traffic, slots_of(period))
            held = reserved.pico_usd.get(key_of(budget, group), 0)
            standings.append(Standing(budget, group, period, in_period, held))
        return _Look(Decision(asked, standings), reserved)


@dataclass(frozen=True, slots=True)
class _Look:
    """A decision, and what was reserved when it was made."""

    decision: Decision
    reserved: Reserved


def _row(decision: Decision, reservation_id: str, now: int) -> NewReservation:
    asked = decision.asked
    return NewReservation(
        reservation_id=reservation_id,
        labels=json.dumps(dict(asked.labels), sort_keys=True),
        budgets=json.dumps([standing.key for standing in decision.standings]),
        amount_pico_usd=asked.amount_pico_usd,
        created_at_unix_nano=now,
        expires_at_unix_nano=asked.expires_at_unix_nano,
        calls=asked.calls,
    )


def _known(snapshot: Snapshot, reservation_id: str) -> ReservationRow:
    found = reservations.reservation(snapshot, reservation_id)
    if found is None:
        raise NotFound(
            f"there is no reservation {reservation_id!r}: none was made, or it expired over a day ago"
        )
    return found
