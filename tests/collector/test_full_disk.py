"""A disk that is really full: senders come again later, nothing acknowledged is lost, and room is enough."""

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.collector import RunningCollector, config_for
from support.jobs import write_payloads
from support.otlp import call, payload, payload_of

from gemledger_collector.config import Config
from gemledger_collector.errors import Overloaded
from gemledger_collector.storage.store import Store
from gemledger_collector.storage.user_sql import Bounds

Resize = Callable[[str], None]
COUNTS = (
    "select count(*), count(distinct span_id), (select sum(calls)::int from ledger) from charges"
)


def mount(*arguments: str) -> bool:
    """Whether this process may mount, and did."""
    return subprocess.run(["mount", *arguments], capture_output=True, check=False).returncode == 0


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[tuple[Path, Resize]]:
    """A file system of 6 MB, and how to give it another size."""
    folder = tmp_path / "small"
    folder.mkdir()
    if not mount("-t", "tmpfs", "-o", "size=6m", "tmpfs", str(folder)):
        if os.environ.get("CI") == "true" and os.geteuid() == 0:
            pytest.fail("root of CI cannot mount a tmpfs: the full disk would go untested")
        pytest.skip("only root may mount the small disk that this test fills")

    def resize(size: str) -> None:
        assert mount("-o", f"remount,size={size}", str(folder))

    yield folder, resize
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def bulky(number: int) -> bytes:
    """A hundred spans that do not compress."""
    spans = [call(100 * number + each) for each in range(100)]
    for span in spans:
        span.attributes.add(key="bulk").value.string_value = os.urandom(200).hex()
    return payload(spans)


def without_reserve(folder: Path) -> Config:
    """A collector that writes until there is really nothing left."""
    config = config_for(folder / "x.duckdb")
    exporter = config.exporters.duckdb.model_copy(update={"minimum_free": 0})
    exporters = config.exporters.model_copy(update={"duckdb": exporter})
    return config.model_copy(update={"exporters": exporters})


def fill(collector: RunningCollector) -> int:
    """Send until the disk is full; how many requests were acknowledged."""
    for number in range(1, 1000):
        answer = collector.send(bulky(number))
        if answer.status_code != 200:
            assert answer.status_code == 503, answer.text
            assert "retry-after" in answer.headers
            return number - 1
    raise AssertionError("the disk is not full")


def test_a_full_disk_answers_503_and_goes_on_when_there_is_room(
    disk: tuple[Path, Resize],
) -> None:
    """Answers go on meanwhile; what was refused is not there, what was acknowledged is, after a restart as well."""
    folder, resize = disk
    with RunningCollector(without_reserve(folder)) as collector:
        acknowledged = fill(collector)
        for _ in range(3):
            assert collector.send(bulky(1000)).status_code == 503
        assert collector.select(COUNTS) == [[100 * acknowledged] * 3]
        resize("100m")
        assert collector.send(bulky(1000)).status_code == 200
        expected = [[100 * (acknowledged + 1)] * 3]
        assert collector.select(COUNTS) == expected
    with RunningCollector(without_reserve(folder)) as collector:
        assert collector.select(COUNTS) == expected


def test_a_collector_starts_on_a_full_disk(disk: tuple[Path, Resize]) -> None:
    """What it could not write into the file when it ended is still in the log."""
    folder, resize = disk
    with RunningCollector(without_reserve(folder)) as collector:
        acknowledged = fill(collector)
    with RunningCollector(without_reserve(folder)) as collector:
        resize("100m")  # who asked is written down, too: without room a question has no answer
        assert collector.select(COUNTS) == [[100 * acknowledged] * 3]
        assert collector.send(bulky(1000)).status_code == 200


def test_a_checkpoint_that_finds_the_disk_full_loses_nothing(disk: tuple[Path, Resize]) -> None:
    """DuckDB gives the database up; it is opened again, and has every commit."""
    folder, resize = disk
    store = Store.open(folder / "x.duckdb", minimum_free_bytes=0)
    for number in range(12):
        write_payloads(store, [bulky(number)])
    (folder / "other").write_bytes(
        b"x" * (os.statvfs(folder).f_bavail * os.statvfs(folder).f_frsize)
    )
    with pytest.raises(Overloaded):
        store.checkpoint()
    resize("100m")
    write_payloads(store, [payload_of(10_000)])
    assert store.healthy
    assert store.ask("select count(*) from charges", Bounds()).rows == [(1201,)]
    store.close()


def test_free_space_is_that_of_the_disk_with_the_file(disk: tuple[Path, Resize]) -> None:
    """Below the reserve of 256 MB nothing is written, however much is free elsewhere."""
    folder, _ = disk
    store = Store.open(folder / "x.duckdb")
    with pytest.raises(Overloaded, match=r"[56] MB are free on the disk of"), store.writing():
        pass
    store.close()
