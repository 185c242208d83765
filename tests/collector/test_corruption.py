"""A damaged file is named with the remedy, at the start or when it is read."""

from pathlib import Path

import pytest
from support.jobs import write_payloads
from support.otlp import NOON, payload_of
from support.stores import store_of

from gemledger_collector.errors import Overloaded, StoreError
from gemledger_collector.storage.inspection import inspect
from gemledger_collector.storage.store import Store
from gemledger_collector.storage.user_sql import Bounds

BLOCK, HEADERS = 262_144, 3 * 4096


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A file of some blocks."""
    path = tmp_path_factory.mktemp("good") / "x.duckdb"
    store_of(path, 20_000, start=NOON)
    return path.read_bytes()


def refusal(path: Path) -> str:
    """What opening and reading all of it says; opening alone where that fails already."""
    with pytest.raises(StoreError) as caught:
        open_and_read(path)
    return str(caught.value)


def open_and_read(path: Path) -> None:
    """As a start does, and then as every question together would."""
    Store.open(path).close()
    inspect(path)


@pytest.mark.parametrize(
    "offset", [9, 4096 + 100, HEADERS + 3, HEADERS + 100, HEADERS + BLOCK + 5000, -BLOCK // 2]
)
def test_a_flipped_byte_is_found(good: bytes, tmp_path: Path, offset: int) -> None:
    """In a header, in a block's checksum, in its data: one line that says restore a backup."""
    path = tmp_path / "x.duckdb"
    damaged = bytearray(good)
    damaged[offset] ^= 0xFF
    path.write_bytes(damaged)
    said = refusal(path)
    assert "\n" not in said
    assert str(path) in said
    assert "restore a backup" in said


@pytest.mark.parametrize("share", [0.01, 0.5, 0.9])
def test_a_file_cut_off_is_found(good: bytes, tmp_path: Path, share: float) -> None:
    """As after a copy that was not waited for."""
    path = tmp_path / "x.duckdb"
    path.write_bytes(good[: int(len(good) * share)])
    said = refusal(path)
    assert "\n" not in said
    assert "restore a backup" in said


def test_a_damaged_log_is_found(tmp_path: Path) -> None:
    """What was acknowledged and is not in the file yet cannot be left out in silence."""
    store = Store.open(tmp_path / "live.duckdb")
    for number in range(5):
        write_payloads(store, [payload_of(*range(100 * number, 100 * number + 100))])
    log = bytearray((tmp_path / "live.duckdb.wal").read_bytes())
    path = tmp_path / "x.duckdb"
    path.write_bytes((tmp_path / "live.duckdb").read_bytes())
    store.close()
    log[len(log) // 2] ^= 0xFF
    (tmp_path / "x.duckdb.wal").write_bytes(log)
    said = refusal(path)
    assert "restore a backup" in said


def test_damage_that_a_question_meets_is_told_to_who_asked(good: bytes, tmp_path: Path) -> None:
    """The collector goes on, and says what to do each time."""
    path = tmp_path / "x.duckdb"
    damaged = bytearray(good)
    for block in range(2, 4):
        damaged[HEADERS + block * BLOCK + 5000] ^= 0xFF
    path.write_bytes(damaged)
    try:
        store = Store.open(path)
    except StoreError as error:
        pytest.skip(f"found at the start already: {error}")
    for _ in range(2):
        with pytest.raises(Overloaded, match=r"is damaged .* restore a backup"):
            store.ask("select * from spans", Bounds(rows=100_000))
    store.close()
