"""Empty stores, which a test needs before it can begin."""

import atexit
import functools
import shutil
import tempfile
from pathlib import Path

from gemledger_collector.storage.store import Store


def put_blank(path: Path) -> None:
    """Put an empty store there, unless there is one or nobody could: a copy of what the migrations make of no file.

    Every test would run all of them else, for 0.1 s; that they run is tested in test_store.py and test_migration.py.
    """
    if path.parent.is_dir() and not path.exists():
        shutil.copyfile(_blank(), path)


def open_blank(path: Path) -> Store:
    """An empty store at that path."""
    put_blank(path)
    return Store.open(path)


@functools.cache
def _blank() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="gemledger-blank-"))
    atexit.register(shutil.rmtree, folder)
    Store.open(folder / "blank.duckdb").close()
    return folder / "blank.duckdb"
