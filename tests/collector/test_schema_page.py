"""docs/storage.md lists what is in the file, and a file of one DuckDB is one of the other."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from support.otlp import NOON
from support.stores import store_of

from gemledger_collector.storage.store import Store

ROOT = Path(__file__).parents[2]
READ = """
import duckdb, sys
connection = duckdb.connect(sys.argv[1], read_only=True)
for (name,) in connection.execute("select table_name from information_schema.tables").fetchall():
    connection.execute(f'select * from "{name}"').fetchall()
"""
WRITE = """
import sys
from pathlib import Path
from support.stores import store_of
store_of(Path(sys.argv[1]), 20, start=1_793_534_400_000_000_000)
"""


def test_the_page_lists_every_table_and_column() -> None:
    """After a migration: python scripts/schema_page.py."""
    checked = subprocess.run(
        [sys.executable, str(ROOT / "scripts" / "schema_page.py"), "--check"], check=False
    )
    assert checked.returncode == 0, "run: python scripts/schema_page.py"


apart = pytest.mark.skipif(
    "OTHER_DUCKDB" not in os.environ,
    reason="OTHER_DUCKDB names a folder with another DuckDB, as scripts/other-duckdb makes it",
)


def under_the_other_duckdb(code: str, *arguments: object) -> None:
    """Run Python code with the other DuckDB, and all else as here."""
    path = os.pathsep.join([os.environ["OTHER_DUCKDB"], *filter(None, sys.path)])
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@apart
def test_another_duckdb_reads_every_table_and_view(tmp_path: Path) -> None:
    """What this one wrote, the other reads, and goes on writing."""
    path = tmp_path / "x.duckdb"
    store_of(path, 20, start=NOON)
    under_the_other_duckdb(READ, path)
    under_the_other_duckdb(WRITE, path)
    assert calls_in(path) == 40


@apart
def test_a_file_of_another_duckdb_is_read_and_written_here(tmp_path: Path) -> None:
    """What the other wrote, this one reads, and goes on writing."""
    path = tmp_path / "x.duckdb"
    under_the_other_duckdb(WRITE, path)
    assert calls_in(path) == 20
    store_of(path, 20, start=NOON)
    assert calls_in(path) == 40
    under_the_other_duckdb(READ, path)


def calls_in(path: Path) -> int:
    """How many calls a file holds."""
    store = Store.open(path)
    with store.reading() as snapshot:
        counts = snapshot.query("store_counts").to_pylist()[0]
    store.close()
    return int(counts["spans"])
