"""The file is written anew under a running store: smaller, the same to the last row, and whole whatever happens."""

import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from support.jobs import estimated, settlement, write_payloads
from support.otlp import NOON, SECOND, call, payload, payload_of
from support.stores import store_of

from gemledger_collector.errors import Overloaded
from gemledger_collector.exporters_config import Retention
from gemledger_collector.storage.compact import Compacted, compact
from gemledger_collector.storage.rewrite import Content, contents_of
from gemledger_collector.storage.store import Store
from gemledger_collector.storage.user_sql import Bounds
from gemledger_collector.telemetry import Telemetry
from gemledger_collector.upkeep.retention import Upkeep

DAY = 86_400 * SECOND


def told_twice(number: int) -> list[bytes]:
    """A call as another instrumentation told it, then as ours did: the first is superseded by an update."""
    theirs, ours = call(number, start=NOON), call(number + 1, trace=number, start=NOON)
    for span in (theirs, ours):
        span.attributes.add(key="gen_ai.response.id").value.string_value = f"r{number}"
    return [payload([theirs], scope="openinference"), payload([ours])]


def run_to_end(store: Store) -> Compacted:
    """Compact at once."""
    *_, last = compact(store)
    assert isinstance(last, Compacted)
    return last


def whole(path: Path) -> dict[str, Content]:
    """Every table of a closed store, by checksum."""
    return dict(contents_of(path))


def test_a_compacted_file_is_smaller_and_holds_the_same(tmp_path: Path) -> None:
    """By the checksum of every table; and it is the store's own file, open and written to at once."""
    path = tmp_path / "x.duckdb"
    store_of(path, 130_000, start=NOON - 130_000 * SECOND)
    store = Store.open(path)
    Upkeep(store, Retention.model_validate({"spans": "1h"}), Telemetry()).round(NOON)
    store.close()
    before = whole(path)
    store = Store.open(path)
    done = run_to_end(store)
    assert done.bytes_after < done.bytes_before / 2
    assert path.stat().st_size == done.bytes_after
    write_payloads(store, [payload_of(1)])
    assert store.ask("select count(*) from spans where name = 'generate_content'", Bounds()).rows
    store.close()
    after = whole(path)
    assert after.pop("spans").rows == before.pop("spans").rows + 1
    assert after.pop("ledger").rows == before.pop("ledger").rows + 1
    assert after.pop("latency").rows == before.pop("latency").rows + 1
    assert after == before
    assert [file.name for file in tmp_path.iterdir()] == ["x.duckdb"]


def test_what_is_written_meanwhile_is_in_the_new_file(tmp_path: Path) -> None:
    """Appended, updated and moved rows: a store that was compacted amid its writes equals one that was not."""
    writes = [
        [payload_of(1, 2, 3)],
        told_twice(10),
        [payload([settlement("batch:1")]), payload([estimated(20)])],
        told_twice(30),
        [payload_of(1)],
    ]
    tables = []
    for name, compacted in (("plain", False), ("compacted", True)):
        store = Store.open(tmp_path / name)
        write_payloads(store, writes[0])
        steps = compact(store) if compacted else iter(())
        for group in writes[1:]:
            next(steps, None)
            write_payloads(store, group)
        list(steps)
        store.close()
        found = whole(tmp_path / name)
        del found["schema_migrations"]  # has the time
        tables.append(found)
    assert tables[0] == tables[1]
    assert tables[0]["ledger"].rows > 5


def test_writers_and_readers_go_on(tmp_path: Path) -> None:
    """Every commit that was answered is there afterwards, once."""
    store = Store.open(tmp_path / "x.duckdb")
    stop = threading.Event()
    written: list[int] = []

    def write() -> None:
        while not stop.is_set():
            number = len(written) + 1
            write_payloads(store, [payload_of(number)])
            written.append(number)
            store.ask("select sum(cost_pico_usd) from charges", Bounds())

    writer = threading.Thread(target=write)
    writer.start()
    run_to_end(store)
    stop.set()
    writer.join()
    found = store.ask("select count(*), count(distinct span_id) from charges", Bounds()).rows
    assert found == [(len(written), len(written))]
    store.close()


def test_giving_up_leaves_the_store_as_it_was(store: Store) -> None:
    """And the next one is not told that another is under way."""
    write_payloads(store, [payload_of(1)])
    steps = compact(store)
    next(steps)
    with pytest.raises(Overloaded, match="copied or rewritten already"):
        next(compact(store))
    steps.close()
    write_payloads(store, [payload_of(2)])
    run_to_end(store)
    assert store.ask("select count(*) from spans", Bounds()).rows == [(2,)]


def test_somebody_who_reads_for_long_is_not_cut_off(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file stays, and compacting says why; writers wait no longer than that."""
    monkeypatch.setattr("gemledger_collector.storage.store._ALONE_SECONDS", 0.05)
    write_payloads(store, [payload_of(1)])
    with store.reading() as snapshot:
        with pytest.raises(Overloaded, match="somebody reads the database"):
            run_to_end(store)
        assert snapshot.query("store_summary")["calls"][0].as_py() == 1
    write_payloads(store, [payload_of(2)])
    run_to_end(store)
    assert store.ask("select count(*) from spans", Bounds()).rows == [(2,)]


KILLED = """
import os, signal, sys
from gemledger_collector.storage import files
from gemledger_collector.storage.compact import compact
from gemledger_collector.storage.store import Store

moment = sys.argv[2]
def die(*_): os.kill(os.getpid(), signal.SIGKILL)
if moment == "after":
    real = files.sync
    files.sync = lambda path: real(path) if files.scratch(store.path, "fresh").exists() else die()
elif moment == "before":
    files.replace = die
store = Store.open(sys.argv[1])
for step in compact(store):
    if moment == "during" and step.done:
        die()
"""


@pytest.mark.parametrize("moment", ["during", "before", "after"])
def test_a_kill_at_any_moment_leaves_one_good_file(tmp_path: Path, moment: str) -> None:
    """The old one or the new one; what was prepared is removed at the next start."""
    path = tmp_path / "x.duckdb"
    store = Store.open(path)
    write_payloads(store, [payload_of(*range(50))])
    store.close()
    before = whole(path)
    killed = subprocess.run([sys.executable, "-c", KILLED, str(path), moment], check=False)
    assert killed.returncode == -signal.SIGKILL
    Store.open(path).close()
    assert [file.name for file in tmp_path.iterdir()] == ["x.duckdb"]
    assert whole(path) == before


def test_without_room_for_a_second_file_nothing_begins(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is said how much is needed."""
    monkeypatch.setattr("shutil.disk_usage", lambda _: _Full)
    with pytest.raises(Overloaded, match="MB are needed beside"):
        next(compact(store))


class _Full:
    """A disk without a byte free."""

    free = 0
