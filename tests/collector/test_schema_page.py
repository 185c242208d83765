"""docs/storage.md lists what is in the file, and a file of one DuckDB is one of the other."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
READ = """
import duckdb, sys
connection = duckdb.connect(sys.argv[1], read_only=True)
for (name,) in connection.execute("select table_name from information_schema.tables").fetchall():
    connection.execute(f'select * from "{name}"').fetchall()
print(duckdb.__version__)
"""


def test_the_page_lists_every_table_and_column() -> None:
    """After a migration: python scripts/schema_page.py."""
    checked = subprocess.run(
        [sys.executable, str(ROOT / "scripts" / "schema_page.py"), "--check"], check=False
    )
    assert checked.returncode == 0, "run: python scripts/schema_page.py"


@pytest.mark.skipif(
    "OTHER_DUCKDB" not in os.environ,
    reason="OTHER_DUCKDB names a folder with another DuckDB: pip install --target FOLDER duckdb==1.5.5",
)
def test_another_duckdb_reads_every_table_and_view(tmp_path: Path) -> None:
    """What this one wrote, the other reads."""
    from gemledger_collector.storage.store import Store  # noqa: PLC0415

    path = tmp_path / "x.duckdb"
    Store.open(path).close()
    other = os.environ["OTHER_DUCKDB"]
    done = subprocess.run(
        [sys.executable, "-c", READ, str(path)],
        env={**os.environ, "PYTHONPATH": other},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
