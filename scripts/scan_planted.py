"""Plants personal data and secrets wherever text can enter, runs everything, and searches all that is left behind.

The real google-genai SDK talks to the simulator over HTTP, a collector and its judge run as they are out of the box,
everything is exported; then every column of every table is read by SQL, and every file is searched: exports, logs, what
an app keeps on disk, alert messages, file and log of an uncompressed copy. Prints a table; ends with 1 when anything is
found, or when the control, a run with redaction off, does not find all of it. `make hygiene` runs it.

    PYTHONPATH=tests python scripts/scan_planted.py [--all]
"""

import argparse
import os
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hygiene.quoting_judge import quoting_judge
from hygiene.searching import Found, compressed_share, missing, search, unexpected
from hygiene.trail import Trail
from hygiene.whole_path import Surroundings, walk
from rich.console import Console
from rich.table import Table
from support.processes import CollectorProcess

from gemledger_cli.addresses import free_port
from gemledger_collector.storage.sql_scopes import SCOPE_OF_TABLE as TABLES
from gemledger_simulator.process import SimulatorProcess


def collector_in(folder: Path, extensions: str) -> CollectorProcess:
    """A collector as a process of its own, its file and its log in the folder."""
    port = free_port()
    config = folder / "collector.yaml"
    config.write_text(
        f"receivers:\n  otlp: {{protocols: {{http: {{endpoint: '127.0.0.1:{port}'}}, grpc: {{enabled: false}}}}}}\n"
        f"exporters:\n  duckdb: {{path: {folder}/ledger.duckdb}}\n{extensions}"
    )
    collector = CollectorProcess(f"http://127.0.0.1:{port}", config)
    collector.start()
    return collector


@contextmanager
def surroundings(folder: Path, trail: Trail) -> Iterator[Surroundings]:
    """A judge that quotes, and Gemini; the collector that is started finds the judge."""
    spoken = trail.plant("words of the judge's own", stored=True)
    with quoting_judge(spoken) as judge, SimulatorProcess(tls=True) as simulator:
        os.environ |= {"GOOGLE_GEMINI_BASE_URL": judge.url, "GEMINI_API_KEY": "k"}
        yield Surroundings(lambda told: collector_in(folder, told), judge, simulator)


def searched(*, redacting: bool) -> tuple[Trail, Found, str]:
    """A whole run, what of it is found, and what a search of the file as it is would have missed."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        trail = Trail(folder / "trail")
        trail.folder.mkdir()
        with surroundings(folder, trail) as around:
            walk(trail, around, redacting=redacting)
        found = search(trail)
        return trail, found, compressed_share(trail, found)


def table_of(found: Found, *, every: bool) -> Table:
    """Place by place; of places in which nothing was found only sums, unless ``every`` is wanted."""
    hits = Counter(hit.where for hit in found.hits)
    table = Table("place", "values looked at", "found")
    quiet: dict[str, int] = {}
    for place, values in sorted(found.looked_at.items()):
        if every or hits[place]:
            table.add_row(place, f"{values:,}", str(hits[place]))
        else:
            group = f"table {place.split('.')[0]}" if _is_column(place) else place
            quiet[group] = quiet.get(group, 0) + values
    for group, values in quiet.items():
        table.add_row(group, f"{values:,}", "0")
    return table


def _is_column(place: str) -> bool:
    """Whether it is TABLE.COLUMN, and no file."""
    return "." in place and place.partition(".")[0] in TABLES


def main() -> int:
    """0 when nothing is found, and the control finds everything."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--all", action="store_true", help="a row for every column of every table")
    every = parser.parse_args().all
    console = Console()
    trail, found, _ = searched(redacting=True)
    console.print(table_of(found, every=every))
    planted = trail.garden.planted
    console.print(
        f"{len(planted):,} values planted in {len(trail.garden.places)} places; found: {len(found.hits)}"
    )
    for hit in sorted(set(map(str, found.hits))):
        console.print(f"  {hit}")
    trail, control, share = searched(redacting=False)
    blind = missing(trail, control) + unexpected(trail, control)
    kept = sum(each.place in trail.stored for each in trail.garden.planted)
    console.print(
        f"Control, redaction off: {kept - len(blind):,} of {kept:,} stored values found; {share}"
    )
    for line in sorted(set(blind)):
        console.print(f"  {line}")
    return 1 if found.hits or blind else 0


if __name__ == "__main__":
    sys.exit(main())
