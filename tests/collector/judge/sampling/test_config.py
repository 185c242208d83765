"""What a rule may say about its sample; what is wrong is named before anything is judged."""

from typing import Any

import pytest
from pydantic import ValidationError

from .conftest import judged_by

WRONG: list[tuple[dict[str, Any], str]] = [
    ({"floor": {"per_hour": 0}}, "per_hour"),
    ({"floor": {"slot": "7m"}}, "divides an hour"),
    ({"floor": {"slot": "2h"}}, "divides an hour"),
    ({"floor": {"per_hour": 100_000, "burst": 1000}}, "above 500,000"),
    ({"every": 100, "sample_rate": 0.1}, "give one"),
    ({"every": 0}, "every"),
    ({"boosts": [{"when": "cut_off"}, {"when": "cut_off"}]}, "give each once"),
    ({"boosts": [{"when": "full_moon"}]}, "full_moon"),
    ({"boosts": [{"when": "cut_off", "rate": 0}]}, "rate"),
    ({"boosts": [{"when": "low_logprob", "below": 0.5}]}, "below"),
    ({"boosts": [{"when": "long_answer"}]}, "above_tokens"),
    ({"boosts": [{"when": "dear", "above_usd": -1}]}, "above 0"),
]


@pytest.mark.parametrize(("rule", "says"), WRONG)
def test_a_wrong_rule_is_refused_by_name(rule: dict[str, Any], says: str) -> None:
    """With the field, and where it helps what would be right."""
    with pytest.raises(ValidationError, match=says):
        judged_by(**rule)


def test_a_floor_is_there_unless_it_is_taken_away() -> None:
    """Forty an hour, and ten times that for two hours."""
    floor = judged_by({}).rules[0].floor
    assert floor is not None
    assert (floor.per_hour, floor.burst, floor.slot.seconds, floor.burst_for.seconds) == (
        40,
        10,
        300,
        7200,
    )
    assert judged_by(None).rules[0].floor is None
