"""What judging has cost in a day, and what was set aside for it."""

from dataclasses import dataclass
from typing import Self

from gemledger_collector.storage.transaction import Snapshot, Transaction

DAY_NS = 86400 * 10**9


@dataclass(frozen=True, slots=True)
class Day:
    """A UTC day, and the time before it from which on open reservations may have been spent in it."""

    start_unix_nano: int
    reserved_from_unix_nano: int

    @classmethod
    def of(cls, now: int, margin_nano: int = 0) -> Self:
        """The day of ``now``."""
        start = now // DAY_NS * DAY_NS
        return cls(start, start - margin_nano)


def taken(snapshot: Snapshot, day: Day) -> int:
    """PicoUSD that the day's budget no longer has: what the ledger knows, and what is set aside."""
    asked = {
        "since_slot": day.start_unix_nano // 10**9,
        "reserved_from": day.reserved_from_unix_nano,
    }
    return int(snapshot.query("judge_spend_taken", asked)["pico_usd"][0].as_py())


def reserve(transaction: Transaction, reservation_id: str, pico_usd: int, now: int) -> None:
    """Set money aside."""
    values = {
        "reservation_id": reservation_id,
        "day": now // DAY_NS * (DAY_NS // 10**9),
        "pico_usd": pico_usd,
        "now": now,
    }
    transaction.execute("judge_spend_reserve", values)


def settle(transaction: Transaction, reservation_id: str, kept_pico_usd: int, now: int) -> None:
    """Give back all but ``kept_pico_usd``, which stays open."""
    values = {"reservation_id": reservation_id, "kept": kept_pico_usd, "now": now}
    transaction.execute("judge_spend_settle", values)


def forget(transaction: Transaction, before: int) -> None:
    """Delete what was set aside before that time."""
    transaction.execute("judge_spend_forget", {"before": before})
