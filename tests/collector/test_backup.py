"""A backup of a running collector: consistent at one moment, and a store of its own."""

from pathlib import Path
from threading import Event, Thread

import duckdb
from support.collector import RunningCollector, config_for
from support.otlp import payload_of
from support.waiting import eventually

from gemledger_collector.storage.store import Store
from gemledger_collector.storage.user_sql import Bounds


def backed_up(collector: RunningCollector, target: Path) -> Path:
    """Ask for a backup over the API and write it to a file."""
    answer = collector.http.post("/api/v1/upkeep/backup")
    assert answer.status_code == 200, answer.text
    assert int(answer.headers["Content-Length"]) == len(answer.content)
    target.write_bytes(answer.content)
    return target


def test_a_backup_taken_while_spans_arrive_holds_one_moment(tmp_path: Path) -> None:
    """All that was acknowledged before, whole commits only, charges and ledger of the same."""
    stop, sent = Event(), [0]
    with RunningCollector(config_for(tmp_path / "x.duckdb")) as collector:

        def send() -> None:
            while not stop.is_set():
                first = 10 * sent[0]
                assert collector.send(payload_of(*range(first, first + 10))).status_code == 200
                sent[0] += 1

        sender = Thread(target=send)
        sender.start()
        eventually(lambda: sent[0], lambda count: count > 3)
        before = sent[0]
        backup = backed_up(collector, tmp_path / "backup.duckdb")
        after = sent[0]
        stop.set()
        sender.join()
    store = Store.open(backup)
    ((spans,),) = store.ask("select count(*) from charges", Bounds()).rows
    assert spans in {10 * requests for requests in range(before, after + 2)}
    sums = (
        "select (select sum(cost_pico_usd) from charges) = (select sum(cost_pico_usd) from ledger)"
    )
    assert store.ask(sums, Bounds()).rows == [(True,)]
    assert store.ask("select action from audit", Bounds()).rows == [("backup",)]
    store.close()


def test_a_backup_is_one_file_that_any_duckdb_opens(
    collector: RunningCollector, tmp_path: Path
) -> None:
    """In the format of 1.5, without a log, and nothing is left beside the store."""
    collector.send(payload_of(1, 2))
    backup = backed_up(collector, tmp_path / "backup.duckdb")
    with duckdb.connect(str(backup), read_only=True) as connection:
        assert connection.execute("select count(*) from calls").fetchall() == [(2,)]
        tags = "select tags['storage_version'] from duckdb_databases() where not internal"
        ((version,),) = connection.execute(tags).fetchall()
        assert version.startswith("v1.5")
    assert not [file.name for file in tmp_path.iterdir() if "scratch" in file.name]
