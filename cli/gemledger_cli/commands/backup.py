"""``gemledger backup``: a collector's database as one file, here, while spans arrive there."""

import argparse
import json
from pathlib import Path

from gemledger_cli.addresses import DEFAULT_COLLECTOR_URL
from gemledger_cli.configuration import configuration
from gemledger_cli.upkeep import Refused, bar, complain, megabytes, posted
from gemledger_collector.errors import CollectorError
from gemledger_collector.storage import files
from gemledger_collector.storage.backup import snapshot_of
from gemledger_collector.storage.inspection import Inspection, inspect
from gemledger_collector.storage.store import Store

EXAMPLE = "gemledger backup ledger-2026-11-30.duckdb"


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("file", type=Path, help="where to write it, on this machine")
    parser.add_argument(
        "--url", default=DEFAULT_COLLECTOR_URL, help="the collector (default %(default)s)"
    )
    parser.add_argument(
        "--config", type=Path, help="copy the database of this configuration; no collector runs"
    )
    parser.add_argument("--force", action="store_true", help="write over a file that is there")
    parser.add_argument("--json", action="store_true", help="print what the backup holds as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Return 0 when the backup is written, read in full and found good; 1 when there is none."""
    target: Path = arguments.file
    if target.exists() and not arguments.force:
        return complain("backup", f"{target} exists; give another name, or --force")
    part = target.with_name(f"{target.name}.part")
    try:
        part.unlink(missing_ok=True)
        if arguments.config is None:
            _download(arguments.url, part)
        else:
            _copy(arguments.config, part)
        found = inspect(part)
        files.sync(part)
        part.replace(target)
        files.sync(target.absolute().parent)
    except (Refused, CollectorError, OSError) as error:
        part.unlink(missing_ok=True)
        return complain("backup", error)
    _show(target, found, as_json=arguments.json)
    return 0


def _download(url: str, part: Path) -> None:
    with posted(url, "/api/v1/upkeep/backup") as answer, part.open("xb") as file, bar() as progress:
        task = progress.add_task(part.stem, total=int(answer.headers["Content-Length"]))
        for piece in answer.iter_raw():
            file.write(piece)
            progress.advance(task, len(piece))


def _copy(config: Path, part: Path) -> None:
    path = Path(configuration(config).exporters.duckdb.path)
    if not path.exists():
        raise Refused(f"{path} does not exist; exporters.duckdb.path of {config} names it")
    store = Store.open(path, minimum_free_bytes=0)
    try:
        with snapshot_of(store) as copy, part.open("xb") as file:
            while piece := copy.read(2**20):
                file.write(piece)
    finally:
        store.close()


def _show(target: Path, found: Inspection, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps({"file": str(target), "bytes": target.stat().st_size, **found.as_json()}))
    else:
        size = megabytes(target.stat().st_size)
        print(f"{target}: {size}, {found.told()}; read in full and found good.")
