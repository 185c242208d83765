"""The spool file: a ring that keeps the newest, and of a damaged file loses only what is damaged."""

import fcntl
import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gemledger.export import spool_frames
from gemledger.export.spool import Record, SpoolFile
from gemledger.export.spool_directory import default_directory, directory_for, orphans

CAPACITY = 4_096


@pytest.fixture
def folder() -> Iterator[Path]:
    """An empty directory."""
    with TemporaryDirectory() as name:
        yield Path(name)


def record(number: int, size: int = 100) -> Record:
    """A record whose content follows from its number."""
    return Record(number, number % 7 + 1, bytes([number % 251]) * size)


def filled(folder: Path, numbers: range, size: int = 100) -> SpoolFile:
    """A file with these records."""
    file = SpoolFile.create(folder, 2**20)
    for number in numbers:
        file.append(record(number, size))
    return file


def left_behind(folder: Path) -> list[Record]:
    """What the next process finds."""
    found = []
    for file in orphans(folder, 2**30):
        found += list(file.read())
        file.leave()
    return found


def test_what_a_dead_process_left_is_found_in_order(folder: Path) -> None:
    """Closing the file is all a kill does to it."""
    file = filled(folder, range(1, 6))
    assert left_behind(folder) == []  # the living one keeps its own
    file.leave()

    assert left_behind(folder) == [record(number) for number in range(1, 6)]


def test_only_its_owner_may_read_a_spool(tmp_path: Path) -> None:
    """It holds what the spans hold, prompts included where the app captures them."""
    base = tmp_path / "spool"
    folder = directory_for("http://collector:4318/v1/traces", base)
    file = filled(folder, range(1, 2))

    assert folder.stat().st_mode & 0o777 == 0o700
    assert file.path.stat().st_mode & 0o777 == 0o600
    assert directory_for("http://other:4318/v1/traces", base) != folder
    file.leave()


def test_a_file_is_gone_when_nothing_waits_in_it(folder: Path) -> None:
    """No litter."""
    file = filled(folder, range(1, 4))
    file.remove_through(3)
    file.close()

    assert list(folder.iterdir()) == []


@given(
    steps=st.lists(
        st.one_of(
            st.tuples(
                st.just("append"), st.sampled_from((0, 30, 200, 480, 481, 900, 1_500, 3_900))
            ),
            st.tuples(st.just("append"), st.integers(300, 1_500)),
            st.tuples(st.just("remove"), st.integers(1, 5)),
        ),
        min_size=20,
        max_size=60,
    )
)
def test_a_ring_keeps_the_newest_records_and_never_outgrows_its_size(
    steps: list[tuple[str, int]],
) -> None:
    """Whatever was appended and removed: what is left is a tail of what was there, the rest is counted to the span."""
    with TemporaryDirectory() as name:
        file = SpoolFile.create(Path(name), CAPACITY)
        expected: list[Record] = []
        number = evicted = 0
        for step, argument in steps:
            if step == "append":
                number += 1
                expected.append(record(number, argument))
                file.append(expected[-1])
            elif expected:
                last = expected[min(argument, len(expected)) - 1].number
                file.remove_through(last)
                expected = [one for one in expected if one.number > last]
            kept = list(file.read())
            evicted += sum(one.spans for one in expected[: len(expected) - len(kept)])
            expected = expected[len(expected) - len(kept) :]
            assert kept == expected
            assert (file.evicted, file.damaged) == (evicted, 0)
            assert file.spans == sum(one.spans for one in kept)
            assert file.path.stat().st_size <= CAPACITY
        file.leave()
        assert left_behind(Path(name)) == expected


def test_as_little_is_dropped_as_makes_room(folder: Path) -> None:
    """A full ring takes a small record at the price of one old one."""
    size = (CAPACITY - spool_frames.PROLOGUE_BYTES) // 8 - spool_frames.HEADER_BYTES
    file = SpoolFile.create(folder, CAPACITY)
    for number in range(1, 12):
        file.append(record(number, size))

    assert [one.number for one in file.read()] == list(range(4, 12))
    assert (file.evicted, file.damaged) == (sum(record(n).spans for n in (1, 2, 3)), 0)
    file.leave()


@given(
    sizes=st.lists(st.integers(0, 300), min_size=1, max_size=12),
    damages=st.lists(
        st.tuples(st.integers(0, 3_000), st.binary(min_size=1, max_size=40)), max_size=5
    ),
    cut=st.none() | st.integers(0, 3_000),
)
def test_damage_costs_no_record_that_it_did_not_touch(
    sizes: list[int], damages: list[tuple[int, bytes]], cut: int | None
) -> None:
    """Bytes overwritten anywhere, the end torn off: never an error, never a false record, every untouched one found."""
    whole = bytearray(spool_frames.prologue(0))
    places: dict[int, range] = {}
    for number, size in enumerate(sizes, 1):
        start = len(whole)
        whole += spool_frames.encode(*record(number, size))
        places[number] = range(start, len(whole))
    broken = bytearray(whole)
    for offset, content in damages:
        broken[offset : offset + len(content)] = content
    broken = broken[: len(whole)] if cut is None else broken[:cut]
    with TemporaryDirectory() as name:
        (Path(name) / "1-a.spool").write_bytes(broken)
        found = left_behind(Path(name))

    untouched = [
        number
        for number, place in places.items()
        if place.stop <= len(broken)
        and broken[place.start : place.stop] == whole[place.start : place.stop]
    ]
    assert found == [record(number, sizes[number - 1]) for number in untouched]


@given(content=st.binary(max_size=2_000))
def test_any_file_may_lie_in_the_directory(content: bytes) -> None:
    """Nothing in it that is a record: nothing is sent, and nothing is raised."""
    with TemporaryDirectory() as name:
        (Path(name) / "1-a.spool").write_bytes(content)
        assert left_behind(Path(name)) == []


def test_a_file_is_read_across_the_borders_of_what_is_read_at_once(folder: Path) -> None:
    """Frames are found after 200 kB of rubbish that is full of false beginnings."""
    frame = spool_frames.encode(5, 2, b"payload")
    rubbish = (b"\xf6GLS" + b"x" * 61) * 3_200
    (folder / "1-a.spool").write_bytes(spool_frames.prologue(0) + rubbish + frame)

    assert left_behind(folder) == [Record(5, 2, b"payload")]


@pytest.mark.parametrize("start", [*range(65_500, 65_540), 131_072])
def test_a_frame_is_found_wherever_it_begins(folder: Path, start: int) -> None:
    """Also across the border of two blocks, and right behind what only looks like a beginning."""
    frame = spool_frames.encode(5, 2, b"payload")
    for before in (b"\0" * start, (b"\0" * (start - 4)) + b"\xf6GLS"):
        (folder / "1-a.spool").write_bytes(before + frame)

        assert left_behind(folder) == [Record(5, 2, b"payload")]


def test_what_was_delivered_is_not_found_again(folder: Path) -> None:
    """The prologue tells what is done with, though its bytes are still there."""
    file = filled(folder, range(1, 6))
    file.remove_through(3)
    file.leave()

    assert [one.number for one in left_behind(folder)] == [4, 5]


def test_of_many_at_once_one_adopts(folder: Path) -> None:
    """Eight processes start at the same time; every record is taken once."""
    for start in range(0, 60, 10):
        filled(folder, range(start + 1, start + 11)).leave()

    def adopt(_: int) -> list[Record]:
        found = []
        for file in orphans(folder, 2**30):
            found += list(file.read())
            file.remove_through(10**6)
            file.close()
        return found

    with ThreadPoolExecutor(8) as pool:
        taken = [one for found in pool.map(adopt, range(8)) for one in found]

    assert sorted(taken) == [record(number) for number in range(1, 61)]
    assert list(folder.iterdir()) == []


def test_a_file_that_another_process_sent_and_removed_meanwhile_is_not_sent_again(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the look at the directory and the lock, somebody else may have done it all."""
    filled(folder, range(1, 4)).leave()
    (path,) = folder.iterdir()
    flock = fcntl.flock

    def somebody_first(fd: int, operation: int) -> None:
        path.unlink()
        flock(fd, operation)

    monkeypatch.setattr(fcntl, "flock", somebody_first)

    assert left_behind(folder) == []


def test_a_lock_held_by_another_process_is_respected(folder: Path) -> None:
    """That a process lives is seen by its lock, whoever it is."""
    filled(folder, range(1, 4)).leave()
    (path,) = folder.iterdir()
    code = f"import fcntl; f = open({str(path)!r}); fcntl.flock(f, fcntl.LOCK_EX); print(flush=True); input()"
    other = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert other.stdout is not None
    other.stdout.readline()

    assert left_behind(folder) == []
    other.communicate(b"\n")
    assert len(left_behind(folder)) == 3


def test_links_and_foreign_things_are_left_alone(
    folder: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A link could point at anything."""
    target = tmp_path / "precious"
    target.write_bytes(spool_frames.prologue(0) + spool_frames.encode(1, 1, b"x"))
    (folder / "1-a.spool").symlink_to(target)
    (folder / "2-b.spool").mkdir()

    assert left_behind(folder) == []
    assert target.exists()
    assert "left alone" in caplog.text


def test_orphans_beyond_their_limit_are_dropped_and_counted(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """An app that crashes at every start, its collector down, fills no disk: the oldest go."""
    for age, numbers in ((30, range(1, 4)), (20, range(4, 7)), (10, range(7, 10))):
        file = filled(folder, numbers, 1_000)
        file.leave()
        os.utime(file.path, (1_000_000 - age, 1_000_000 - age))
    found = []
    for file in orphans(folder, 7_000):
        found += [one.number for one in file.read()]
        file.leave()

    assert found == [4, 5, 6, 7, 8, 9]
    assert f"dropped {sum(record(number).spans for number in (1, 2, 3))} spans" in caplog.text
    assert len(list(folder.iterdir())) == 2


def test_where_the_spool_lies(tmp_path: Path) -> None:
    """The variable, else the state directory."""
    assert default_directory({"GEMLEDGER_SPOOL_DIR": "/a", "XDG_STATE_HOME": "/b"}) == Path("/a")
    assert default_directory({"XDG_STATE_HOME": "/b"}) == Path("/b/gemledger/spool")


def test_a_user_without_a_home_spools_to_the_temporary_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a daemon's user has none."""
    monkeypatch.setenv("HOME", str(tmp_path / "absent"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    assert default_directory({}) == tmp_path / f"gemledger-{os.geteuid()}" / "spool"


def test_a_directory_that_somebody_else_put_there_is_refused(tmp_path: Path) -> None:
    """In a temporary directory a stranger may have been first."""
    url = "http://collector:4318/v1/traces"
    folder = directory_for(url, tmp_path)
    folder.rmdir()
    folder.symlink_to(tmp_path)

    with pytest.raises(PermissionError, match="somebody else"):
        directory_for(url, tmp_path)


def test_a_directory_of_another_user_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even one with the right name."""
    (tmp_path / f"12345-{hashlib.sha256(b'http://c').hexdigest()[:16]}").mkdir()
    monkeypatch.setattr(os, "geteuid", lambda: 12_345)

    with pytest.raises(PermissionError, match="somebody else"):
        directory_for("http://c", tmp_path)


def test_a_new_file_is_never_taken_for_an_orphan(folder: Path) -> None:
    """Between its making and its lock somebody may look for orphans, lock it and remove it: then another is made."""
    flock = fcntl.flock
    taken: list[bool] = []

    def somebody_first(fd: int, operation: int) -> None:
        if not taken:
            taken.append(True)
            for path in folder.iterdir():
                path.unlink()
        flock(fd, operation)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fcntl, "flock", somebody_first)
        file = SpoolFile.create(folder, CAPACITY)

    assert file.path.exists()
    file.close()
