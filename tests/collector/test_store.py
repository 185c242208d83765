"""Opening the file, and what happens when it cannot be used."""

import subprocess
import sys
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from gemledger_collector.errors import (
    Overloaded,
    StoreCorrupt,
    StoreLocked,
    StoreNewer,
    StoreUnavailable,
)
from gemledger_collector.storage import store as store_module
from gemledger_collector.storage.statements import migrations, statement
from gemledger_collector.storage.store import Store
from gemledger_collector.storage.user_sql import Bounds

HOLD = "import duckdb, sys; held = duckdb.connect(sys.argv[1]); print('held', flush=True); sys.stdin.read()"


def test_a_file_held_by_another_process_is_named_with_its_holder(tmp_path: Path) -> None:
    """One line: which file, which process, what to do."""
    path = tmp_path / "x.duckdb"
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert holder.stdout is not None
    assert holder.stdin is not None
    with holder, holder.stdout, holder.stdin:
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(StoreLocked) as caught:
            Store.open(path)
        holder.stdin.close()
        holder.wait()
    assert f"{path} is in use by process {holder.pid}; stop it" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_of_a_newer_gemledger_is_refused_with_the_remedy(tmp_path: Path) -> None:
    """And is left as it is."""
    path = tmp_path / "x.duckdb"
    Store.open(path).close()
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            "insert into schema_migrations values (4711, 'future', now()::timestamp)"
        )
    with pytest.raises(StoreNewer, match=r"has schema version 4711, .* upgrade gemledger"):
        Store.open(path)


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    """It is not overwritten."""
    path = tmp_path / "x.duckdb"
    path.write_bytes(b"not a database" * 1000)
    with pytest.raises(StoreCorrupt, match="is not a usable DuckDB database"):
        Store.open(path)
    assert path.read_bytes().startswith(b"not a database")


def test_a_file_in_a_missing_folder_is_one_clear_line(tmp_path: Path) -> None:
    """Whatever DuckDB says, the setting is named."""
    with pytest.raises(StoreUnavailable, match=r"check exporters\.duckdb\.path") as caught:
        Store.open(tmp_path / "no" / "such" / "x.duckdb")
    assert "\n" not in str(caught.value)


def test_the_schema_is_brought_up_to_date_once(tmp_path: Path) -> None:
    """Each migration is recorded with its number and applied in order."""
    path = tmp_path / "x.duckdb"
    for _ in range(2):
        store = Store.open(path)
        assert store.schema_version == migrations()[-1].version
        store.close()
    numbers = [migration.version for migration in migrations()]
    assert numbers == list(range(1, len(numbers) + 1))


def test_a_migration_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    """Its table and its record go together."""
    path = tmp_path / "x.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("create table contents (mine integer)")
    with pytest.raises(StoreUnavailable):
        Store.open(path)
    with duckdb.connect(str(path)) as connection:
        tables = connection.execute("select table_name from duckdb_tables() order by 1").fetchall()
        assert tables == [("contents",), ("schema_migrations",)]
        assert connection.execute("select count(*) from schema_migrations").fetchall() == [(0,)]


def test_a_transaction_that_fails_leaves_nothing_behind(store: Store) -> None:
    """All of it or none of it, and the next one works."""
    table = pa.table({"slot_unix_seconds": [0], "cost_status": ["x"]})
    with pytest.raises(duckdb.ConstraintException), store.writing() as transaction:
        transaction.append("ledger", table)  # calls must not be null
    with pytest.raises(LookupError):
        _write_and_stumble(store)
    with store.reading() as snapshot:
        assert snapshot.query("store_summary")["calls"][0].as_py() == 0
    assert store.ask("select count(*) from contents", Bounds()).rows == [(0,)]


def test_a_reader_sees_the_last_commit_while_a_writer_works(store: Store) -> None:
    """And nothing of what is not committed."""
    with store.writing() as transaction:
        transaction.append("contents", _content())
        assert store.ask("select count(*) from contents", Bounds()).rows == [(0,)]
    assert store.ask("select count(*) from contents", Bounds()).rows == [(1,)]


def _write_and_stumble(store: Store) -> None:
    """A good row, then an error of our own."""
    with store.writing() as transaction:
        transaction.append("contents", _content())
        transaction.execute("no_such_statement")


def _content() -> pa.Table:
    """One captured answer."""
    ids = pa.array([b"0123456789abcdef"], pa.binary(16))
    return pa.table({"trace_id": ids, "span_id": [1], "start_time_unix_nano": [1]})


def test_a_disk_without_room_is_not_written_to(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Overloaded, to be sent again later; readers go on."""
    monkeypatch.setattr(store_module, "MINIMUM_FREE_BYTES", 2**62)
    with pytest.raises(Overloaded, match="MB are free on the disk") as caught, store.writing():
        pass
    assert caught.value.retry_after_seconds == 30
    with store.reading() as snapshot:
        assert snapshot.query("schema_version").num_rows == 1


def test_every_statement_file_is_one_statement() -> None:
    """It opens in any DuckDB shell."""
    folder = Path(store_module.__file__).parent / "queries"
    names = sorted(file.stem for file in folder.glob("*.sql"))
    assert names
    with duckdb.connect() as connection:
        for name in names:
            assert len(connection.extract_statements(statement(name))) == 1, name


def test_a_statement_that_does_not_exist_is_named() -> None:
    """A typo is found where it is made."""
    with pytest.raises(LookupError, match=r"queries/nope\.sql does not exist"):
        statement("nope")
