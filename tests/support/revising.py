"""Revisions done step by step, and what the store says before and after."""

from pathlib import Path
from typing import Any

from support.blank import open_blank
from support.collector import RunningCollector
from support.jobs import ask
from support.otlp import NOON
from support.waiting import eventually

from gemledger.pricing import Book, load_book
from gemledger.pricing.overlay import applied
from gemledger_collector.storage.store import Store
from gemledger_collector.upkeep.revise import asked
from gemledger_collector.upkeep.revise.asked import Asked
from gemledger_collector.upkeep.revise.running import Reviser

EVER = (0, 2**63 - 1)
HALF = "[[discount]]\npercent = 50\nfrom = 2026-01-01\n"
"""An overlay under which everything costs half."""

PRICES = (
    "select * exclude (attributes, start_time) from charges "
    "order by start_time_unix_nano, span_id, settlement_id"
)
_MONEY = (
    *("cost", "input", "cache_read", "tool_use", "output", "thoughts"),
    *("grounding", "maps", "media", "storage"),
)
_KEYS = (
    *("response_model", "service_tier", "cost_status", "price_row", "long_context", "team"),
    *("cost_center", "purpose", "service_name"),
)


def bill(table: str) -> str:
    """Sums of every line and of calls by every key that charges and ledger share, without what cancels out."""
    slot, model = "slot_unix_seconds", "response_model"
    if table == "charges":
        slot = "start_time_unix_nano // 900_000_000_000 * 900"
        model = "coalesce(response_model, request_model)"
    keys = ", ".join(model if key == "response_model" else key for key in _KEYS)
    sums = ", ".join(f"coalesce(sum({line}_pico_usd), 0)::hugeint" for line in _MONEY)
    nonzero = " or ".join(f"coalesce(sum({line}_pico_usd), 0) <> 0" for line in _MONEY)
    return (
        f"select {slot} as slot, {keys}, sum(calls)::bigint, sum(errors)::bigint, {sums} from {table} "
        f"group by all having sum(calls) <> 0 or {nonzero} order by all"
    )


def assert_whole(store: Store) -> None:
    """Charges sum to the ledger by every key."""
    assert ask(store, bill("charges")) == ask(store, bill("ledger"))


def book_of(overlay: str) -> Book:
    """The built-in book under an overlay."""
    return applied(load_book(), overlay, "prices.toml")


def reprice(store: Store, overlay: str | None = None, **options: Any) -> str:
    """Ask for a re-pricing; its id."""
    told = None if overlay is None else {"file": "prices.toml", "text": overlay}
    book = load_book() if overlay is None else book_of(overlay)
    dates = options.pop("dates", EVER)
    return asked.reprice(store, Asked("test", NOON, **options), dates, book, told).revision_id


def finish(store: Store, piece_rows: int = 3) -> int:
    """Do everything that was asked for; in how many pieces."""
    reviser, pieces = Reviser(store, load_book(), piece_rows), 0
    while reviser.step(NOON):
        pieces += 1
    return pieces


def ended(collector: RunningCollector, path: str) -> dict[str, Any]:
    """The run at ``path``, once it has ended."""
    return eventually(lambda: collector.get(path), lambda found: found["state"] != "running")


def opened(folder: str | Path) -> Store:
    """A store of one's own."""
    return open_blank(Path(folder) / "x.duckdb")
