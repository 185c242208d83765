"""`gemledger alerts test`: stories beside rules, in a pipeline's words: exit codes, lines, JSON."""

import json
from pathlib import Path

from support.processes import run_gemledger

ROOT = Path(__file__).parents[2]
STORY = """\
story: a dear minute is told
look_every: 1m
alerts:
  group_wait: 0s
  rules: [{name: minute, window: 5m, above: 10}]
traffic: [{cost_usd: '12'}]
expect:
- at: 1m
  alerts: [{rule: minute, value: VALUE}]
"""


def test_a_met_story_is_ok_and_one_that_is_not_shows_the_difference(tmp_path: Path) -> None:
    """0 with a line for each; 1 with file, line, what is missing and what is there."""
    file = tmp_path / "dear.yaml"
    file.write_text(STORY.replace("VALUE", "12"))
    met = run_gemledger("alerts", "test", str(tmp_path))
    assert met.returncode == 0, met.stderr
    assert met.stdout.startswith(f"ok     {file}: a dear minute is told (2 looks, ")
    assert met.stdout.endswith("1 of 1 stories are as expected\n")
    file.write_text(STORY.replace("VALUE", "13"))
    unmet = run_gemledger("alerts", "test", str(file))
    assert unmet.returncode == 1
    assert unmet.stdout.splitlines()[1:] == [
        f"{file}:9: at 1m (2026-11-10T08:01:00.000Z), alerts:",
        "    - firing minute with 13",
        "    + firing minute with $12.00 against $10.00 (first time this group is notified)",
        "0 of 1 stories are as expected",
    ]
    as_json = run_gemledger("alerts", "test", str(file), "--json")
    (story,) = json.loads(as_json.stdout)["stories"]
    assert story["failures"][0]["line"] == 9
    assert story["failures"][0]["missing"] == ["firing minute with 13"]


def test_a_file_that_cannot_be_played_is_2_with_its_line(tmp_path: Path) -> None:
    """What is wrong, and where."""
    file = tmp_path / "wrong.yaml"
    file.write_text(STORY.replace("above: 10", "over: 10"))
    answer = run_gemledger("alerts", "test", str(file))
    assert answer.returncode == 2
    assert f"{file}:5: alerts.rules[0].over: unknown key" in answer.stderr
    assert run_gemledger("alerts", "test", str(tmp_path / "none.yaml")).returncode == 2
