"""A few rounds of ``make kill``: SIGKILL under load, at random and aimed, and nothing acknowledged is lost."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest
from support.kills import Ledger, Verdict, Victim, judge

SCRIPT = Path(__file__).parents[3] / "scripts" / "kill_rounds.py"


@pytest.fixture(scope="module")
def script() -> ModuleType:
    """The script as a module."""
    spec = importlib.util.spec_from_file_location("kill_rounds", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["kill_rounds"] = module
    spec.loader.exec_module(module)
    return module


def test_a_collector_killed_under_load_loses_nothing_and_counts_nothing_twice(
    script: ModuleType, tmp_path: Path
) -> None:
    """At random, at a commit, at a checkpoint and at a migration; then the ledger sums to the charges."""
    rounds = script.Rounds(tmp_path, seed=7, old_calls=20_000)
    found = {number: rounds.run(number) for number in (0, 1, 3, 5)}
    assert [verdict for _, _, verdict in found.values()] == [Verdict(0, 0, 0)] * 4
    assert [aim for aim, _, _ in found.values()] == ["random", "commit", "checkpoint", "migration"]
    assert rounds.ledger.acknowledged


def test_the_judge_sees_what_is_lost(tmp_path: Path) -> None:
    """A batch that is said to be acknowledged and is not there is a loss of its hundred spans."""
    victim = Victim(tmp_path / "x.duckdb")
    victim.wait_until_ready()
    assert judge(victim, Ledger(acknowledged={2})) == Verdict(100, 0, 0)
    victim.kill()
