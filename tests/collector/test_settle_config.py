"""``extensions.settle`` is parsed strictly, and everything in it has a default."""

from datetime import timedelta
from pathlib import Path

import pytest

from gemledger_collector.config import load
from gemledger_collector.errors import ConfigError


def written(tmp_path: Path, settle: str) -> Path:
    """A configuration file with this section."""
    path = tmp_path / "otel-config.yaml"
    path.write_text(f"extensions:\n  settle: {settle}\n", encoding="utf-8")
    return path


def test_every_key_can_be_set(tmp_path: Path) -> None:
    """How often, how long, how much."""
    text = "{interval: 10s, catch_up: 7d, longest_cache_life: 30d, most_cache_tokens: 5000000, orphan_after: 2h}"
    settle = load(written(tmp_path, text), {}).settle
    assert (settle.interval, settle.catch_up) == (timedelta(seconds=10), timedelta(days=7))
    assert (settle.longest_cache_life, settle.orphan_after) == (
        timedelta(days=30),
        timedelta(hours=2),
    )
    assert settle.most_cache_tokens == 5_000_000


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{interval: 0s}", "interval is 0:00:00; give a duration above 0"),
        ("{catch_up: never}", "'never' is not a duration"),
        ("{most_cache_tokens: 0}", "most_cache_tokens"),
        ("{intervall: 1m}", "did you mean 'interval'?"),
    ],
)
def test_what_cannot_be_is_told_with_its_path(tmp_path: Path, text: str, problem: str) -> None:
    """The program does not start, and says what to write instead."""
    with pytest.raises(ConfigError) as caught:
        load(written(tmp_path, text), {})
    assert "extensions.settle" in str(caught.value)
    assert problem in str(caught.value)
