"""What is planted at one end is found nowhere at the other: no table, no export, no log, no file; and a control."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest
from support.processes import CollectorProcess

from gemledger_simulator.process import SimulatorProcess

from .quoting_judge import quoting_judge
from .searching import compressed_share, missing, search, unexpected
from .trail import Trail
from .whole_path import Surroundings, walk


@pytest.fixture
def trail(tmp_path: Path) -> Trail:
    """Where the run leaves its files."""
    folder = tmp_path / "trail"
    folder.mkdir()
    return Trail(folder)


@pytest.fixture
def around(
    trail: Trail,
    start_collector: Callable[..., CollectorProcess],
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Surroundings]:
    """A judge for the collector, which quotes and has words of its own, and Gemini for the app."""
    spoken = trail.plant("words of the judge's own", stored=True)
    with quoting_judge(spoken) as judge, SimulatorProcess(tls=True) as simulator:
        monkeypatch.setenv("GOOGLE_GEMINI_BASE_URL", judge.url)
        monkeypatch.setenv("GEMINI_API_KEY", "k")
        yield Surroundings(start_collector, judge, simulator)


def listed(hits: Iterable[str]) -> str:
    """Every place once, for the message of a failing test."""
    return "\n".join(sorted(set(hits)))


def test_nothing_that_was_planted_is_found_anywhere(trail: Trail, around: Surroundings) -> None:
    """Redaction as it is out of the box, content on: every kind that redaction knows, in every place a text enters."""
    walk(trail, around, redacting=True)
    found = search(trail)
    assert not found.hits, listed(map(str, found.hits))


def test_without_redaction_the_same_search_finds_every_value(
    trail: Trail, around: Surroundings
) -> None:
    """The control: the scanner sees what is there, in the tables, in an uncompressed file, and in its log."""
    walk(trail, around, redacting=False)
    found = search(trail)
    assert not (missed := missing(trail, found)), listed(missed)
    assert not (beyond := unexpected(trail, found)), listed(beyond)
    print(compressed_share(trail, found))  # noqa: T201 - a figure worth knowing, of which nothing depends
