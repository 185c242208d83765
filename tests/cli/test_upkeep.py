"""`gemledger backup`, `restore`, `compact` and `erase`, against a running collector and its file."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from support.collector import RunningCollector, config_for
from support.otlp import call, call_attributes, payload, payload_of

from gemledger_cli.main import main
from gemledger_collector.storage.store import Store
from gemledger_collector.storage.user_sql import Bounds

NOWHERE = "http://127.0.0.1:9"
OPEN = "import duckdb, sys; held = duckdb.connect(sys.argv[1]); print('open', flush=True); sys.stdin.read()"


class Said(NamedTuple):
    """How a command ended, and what it printed."""

    code: int
    out: str
    error: str


Run = Callable[..., Said]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command in this process."""

    def run(*arguments: object) -> Said:
        code = main([str(each) for each in arguments])
        return Said(code, *capsys.readouterr())

    return run


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The collector's file."""
    return tmp_path / "ledger.duckdb"


@pytest.fixture
def config(tmp_path: Path, path: Path) -> Path:
    """A configuration that names it."""
    file = tmp_path / "otel-config.yaml"
    file.write_text(f"exporters: {{duckdb: {{path: {path}}}}}", encoding="utf-8")
    return file


@pytest.fixture
def running(path: Path) -> Iterator[RunningCollector]:
    """A collector over it."""
    with RunningCollector(config_for(path)) as collector:
        yield collector


def held(path: Path) -> list[tuple[object, ...]]:
    """Calls, and what they cost, in a closed store."""
    store = Store.open(path)
    rows = store.ask("select count(*), sum(cost_pico_usd) from charges", Bounds()).rows
    store.close()
    return [tuple(row) for row in rows]


def test_a_backup_is_restored_where_everything_was_lost(
    running: RunningCollector, run: Run, path: Path, config: Path, tmp_path: Path
) -> None:
    """Back up, go on, replace what is there, lose all, and restore again."""
    backup = tmp_path / "backup.duckdb"
    running.send(payload_of(1, 2, 3))
    done = run("backup", backup, "--url", running.url)
    assert done.code == 0, done.error
    assert "3 spans" in done.out
    assert run("backup", backup, "--url", running.url).error.count("exists; give another name") == 1
    running.send(payload_of(4))
    running.stop()

    unforced = run("restore", backup, "--config", config)
    assert (unforced.code, "--force" in unforced.error) == (1, True)
    assert held(path)[0][0] == 4
    forced = run("restore", backup, "--config", config, "--force", "--json")
    assert forced.code == 0, forced.error
    told = json.loads(forced.out)
    assert told["rows"]["spans"] == 3
    assert held(path) == held(backup) == [(3, int(told["cost_pico_usd"]))]

    path.unlink()
    again = run("restore", told["kept"], "--config", config)
    assert "4 spans" in again.out
    assert held(path)[0][0] == 4


def test_the_collector_still_holds_its_file_after_a_backup(
    running: RunningCollector, run: Run, path: Path, tmp_path: Path
) -> None:
    """Copying it must not let go of the lock: a second process would write to the same file."""
    assert run("backup", tmp_path / "backup.duckdb", "--url", running.url).code == 0
    second = subprocess.run(
        [sys.executable, "-c", OPEN, str(path)], input=b"", capture_output=True, check=False
    )
    assert second.returncode == 1
    assert b"Could not set lock" in second.stderr


def test_restore_is_refused_while_a_process_has_the_file(
    run: Run, path: Path, config: Path, tmp_path: Path
) -> None:
    """Who has it is said."""
    for file in (path, tmp_path / "backup.duckdb"):
        Store.open(file).close()
    holder = subprocess.Popen(
        [sys.executable, "-c", OPEN, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert holder.stdout is not None
    with holder:
        assert holder.stdout.readline() == b"open\n"
        done = run("restore", tmp_path / "backup.duckdb", "--config", config, "--force")
    assert done.code == 1
    assert f"is in use by process {holder.pid}" in done.error


def test_a_stopped_collectors_file_is_backed_up_by_its_configuration(
    run: Run, path: Path, config: Path, tmp_path: Path
) -> None:
    """No collector is asked."""
    with RunningCollector(config_for(path)) as collector:
        collector.send(payload_of(1, 2))
    done = run("backup", tmp_path / "backup.duckdb", "--config", config, "--json")
    assert done.code == 0, done.error
    assert json.loads(done.out)["rows"]["spans"] == 2


def test_a_damaged_backup_is_not_restored(
    run: Run, path: Path, config: Path, tmp_path: Path
) -> None:
    """Flipped, cut off, or something else: one line, and the database that is there stays."""
    Store.open(path).close()
    before, good = path.read_bytes(), path.read_bytes()
    flipped = bytearray(good)
    flipped[3 * 4096 + 262_144 + 5000] ^= 0xFF  # in the second block
    backup = tmp_path / "backup.duckdb"
    for content in (bytes(flipped), good[: len(good) // 2], b"no database"):
        backup.write_bytes(content)
        done = run("restore", backup, "--config", config, "--force")
        assert (done.code, done.error.count("\n")) == (1, 1), done.error
    assert path.read_bytes() == before
    assert not [file for file in tmp_path.iterdir() if "scratch" in file.name]


def test_compact_and_erase_from_the_command_line(
    running: RunningCollector, run: Run, path: Path
) -> None:
    """Counted first, done then, and told in rows and bytes."""
    anna = [call(1, attributes=call_attributes(attribution_user_id="anna@example.com"))]
    running.send(payload(anna))
    who = ("erase", "--user", "anna@example.com", "--url", running.url)
    assert json.loads(run(*who, "--dry-run", "--json").out)["rows"]["spans"] == 1
    done = run(*who)
    assert "1 rows of spans were erased" in done.out
    assert "nothing is known of this user" in run(*who, "--dry-run").error
    compacted = json.loads(run("compact", "--url", running.url, "--json").out)
    assert compacted["bytes_after"] == path.stat().st_size


def test_without_a_collector_every_command_says_so(run: Run, tmp_path: Path) -> None:
    """One line, exit code 1, and no half a file."""
    for arguments in (("compact",), ("erase", "--user", "anna"), ("backup", tmp_path / "x")):
        done = run(*arguments, "--url", NOWHERE)
        assert (done.code, done.error.count("\n")) == (1, 1), done.error
        assert "no collector answers at" in done.error
    assert list(tmp_path.iterdir()) == []
