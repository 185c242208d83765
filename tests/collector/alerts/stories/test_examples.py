"""The stories that are shipped: each is played as users play theirs, and must be as it says."""

from pathlib import Path

import pytest

from gemledger_collector.alerts.stories.playing import play
from gemledger_collector.alerts.stories.reading import read

EXAMPLES = sorted((Path(__file__).parents[4] / "examples" / "alerts" / "stories").glob("*.yaml"))
TOLD = {
    *(
        "hold",
        "flap",
        "no-data",
        "restart",
        "grouping",
        "inhibition",
        "silence",
        "repeat",
        "resolve",
    ),
    *(
        "budget-reset",
        "daylight-saving",
        "daylight-saving-spring",
        "late-data",
        "mute-times",
        "watchdog",
    ),
}


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.stem)
def test_a_shipped_story_is_as_it_says(file: Path) -> None:
    """Every expectation of the file is met, on the collector's own store, evaluator and dispatcher."""
    played = play(read(file, {}))
    assert played.failures == ()
    assert played.expectations > 0


def test_no_story_is_missing() -> None:
    """One for each behaviour that alerts are trusted for."""
    assert {file.stem for file in EXAMPLES} >= TOLD
