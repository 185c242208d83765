"""What is planted at one end is found nowhere at the other: no table, no export, no log, no file; and a control."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.judge_server import JudgeServer
from support.processes import CollectorProcess

from gemledger_simulator.process import SimulatorProcess

from .quoting_judge import quoting_judge, shown_to
from .scanning import Hit, Scanner, uncompressed
from .whole_path import Trail, walk

NOT_STORED = "nothing of it is stored even where nothing is redacted"


@pytest.fixture
def judge(monkeypatch: pytest.MonkeyPatch) -> Iterator[JudgeServer]:
    """A judge for the collector, which quotes."""
    with quoting_judge() as running:
        monkeypatch.setenv("GOOGLE_GEMINI_BASE_URL", running.url)
        monkeypatch.setenv("GEMINI_API_KEY", "k")
        yield running


@pytest.fixture
def simulator() -> Iterator[SimulatorProcess]:
    """Gemini for the app."""
    with SimulatorProcess() as running:
        yield running


@pytest.fixture
def trail(tmp_path: Path) -> Trail:
    """Where the run leaves its files."""
    folder = tmp_path / "trail"
    folder.mkdir()
    return Trail(folder)


def listed(hits: list[Hit]) -> str:
    """Every place once, for the message of a failing test."""
    return "\n".join(sorted({str(hit) for hit in hits}))


def test_nothing_that_was_planted_is_found_anywhere(
    trail: Trail,
    start_collector: Callable[..., CollectorProcess],
    judge: JudgeServer,
    simulator: SimulatorProcess,
) -> None:
    """Redaction as it is out of the box, content on: every kind that redaction knows, in every place a text enters."""
    collector = walk(trail, start_collector, judge, simulator, redacting=True)
    store = Path(collector.config).parent / f"{collector.url.rpartition(':')[2]}.duckdb"
    scanner = Scanner(trail.garden.planted)
    hits = scanner.store(trail.backup)
    hits += scanner.files([*trail.exports, *trail.logs, *trail.others, store])
    hits += scanner.files(uncompressed(trail.backup, trail.folder))
    hits += scanner.files(uncompressed(trail.backup, trail.folder, keep_log=True))
    hits += scanner.bytes(shown_to(judge).encode(), "what the judge was sent")
    assert not hits, listed(hits)


def test_without_redaction_the_same_search_finds_every_value(
    trail: Trail,
    start_collector: Callable[..., CollectorProcess],
    judge: JudgeServer,
    simulator: SimulatorProcess,
) -> None:
    """The control: the scanner sees what is there, in the tables, in an uncompressed file, and in its log."""
    walk(trail, start_collector, judge, simulator, redacting=False)
    planted = trail.garden.planted
    kept = [each for each in planted if each.place in trail.stored]
    scanner = Scanner(planted)
    in_tables = {hit.planted for hit in scanner.store(trail.backup)}
    in_file = {hit.planted for hit in scanner.files(uncompressed(trail.backup, trail.folder))}
    in_log = {
        hit.planted
        for hit in scanner.files(uncompressed(trail.backup, trail.folder, keep_log=True))
    }
    missed = [Hit(each, "not found in the tables") for each in kept if each not in in_tables]
    missed += [Hit(each, "not found in the file") for each in kept if each not in in_file]
    missed += [Hit(each, "not found in the log") for each in kept if each not in in_log]
    assert not missed, listed(missed)
    beyond = [Hit(each, NOT_STORED) for each in in_tables if each.place not in trail.stored]
    assert not beyond, listed(beyond)
    exported = {hit.where for hit in scanner.files(trail.exports)}
    assert {"contents.parquet", "contents.csv"} <= exported
