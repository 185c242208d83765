"""How long it takes to price or attribute again what is stored, and how long spans that arrive wait for a piece of it.

python benchmarks/revise.py --spans 1000000
"""

import argparse
import resource
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from big_store import load

from gemledger.pricing import load_book
from gemledger_collector.attribution_config import AttributeProcessor
from gemledger_collector.storage.store import Store
from gemledger_collector.upkeep.revise import asked
from gemledger_collector.upkeep.revise.asked import Asked, follow_rules, overlaid_book
from gemledger_collector.upkeep.revise.running import Reviser

HALF = "[[discount]]\npercent = 50\nfrom = 2020-01-01\n"
NOW = 1_793_534_400
EVER = (0, 2**63 - 1)


def timed(store: Store, name: str, spans: int) -> None:
    """Do what is asked for, and print what it took."""
    reviser, longest, pieces = Reviser(store, load_book()), 0.0, 0
    began, before = time.perf_counter(), store.file_bytes
    while True:
        started = time.perf_counter()
        if not reviser.step(NOW * 10**9):
            break
        longest, pieces = max(longest, time.perf_counter() - started), pieces + 1
    seconds = time.perf_counter() - began
    grown, memory = store.file_bytes - before, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(
        f"{name:34} {seconds:7.1f} s {spans / seconds:9,.0f} charges/s  {pieces:4} pieces, longest "
        f"{longest * 1000:6.0f} ms, file +{grown / 1e6:6.1f} MB, {memory / 1024:5.0f} MB at most"
    )


def price(store: Store, overlay: str | None, *, dry_run: bool = False) -> None:
    """Ask for a re-pricing of everything."""
    told = None if overlay is None else {"file": "half.toml", "text": overlay}
    book = load_book() if overlay is None else overlaid_book(overlay, "half.toml")
    asked.reprice(store, Asked("benchmark", NOW * 10**9, dry_run), EVER, book, told)


def measure(store: Store, spans: int) -> None:
    """Every kind of run, one after the other."""
    price(store, None)
    timed(store, "first: to the built-in book", spans)
    price(store, None)
    timed(store, "the same book", spans)
    price(store, HALF, dry_run=True)
    timed(store, "half of it, dry run", spans)
    price(store, HALF)
    timed(store, "half of it", spans)
    price(store, None)
    timed(store, "back", spans)
    rule = {"name": "r", "match": {"service": ["shop", "chat"]}, "set": {"cost_center": "1"}}
    follow_rules(store, AttributeProcessor.model_validate({"rules": [rule]}), NOW * 10**9)
    timed(store, "a rule", spans)
    follow_rules(store, AttributeProcessor(), NOW * 10**9)
    timed(store, "no rule", spans)


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--spans", type=int, default=1_000_000)
    spans = parser.parse_args().spans
    with TemporaryDirectory() as folder:
        path = Path(folder) / "ledger.duckdb"
        load(path, spans, NOW)
        store = Store.open(path)
        measure(store, spans)
        store.close()


if __name__ == "__main__":
    main()
