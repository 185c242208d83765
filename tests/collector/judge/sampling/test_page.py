"""What docs/sampling.md shows is what a collector takes and answers."""

import re
from pathlib import Path

import pytest
import yaml

from gemledger_collector.config import Config

from .conftest import HOUR, NOON, SECOND, Shop, judged_by

PAGE = (Path(__file__).parents[4] / "docs" / "sampling.md").read_text(encoding="utf-8")


def example(language: str) -> str:
    """The page's example in this language."""
    (found,) = re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    return str(found)


def test_the_configuration_is_one() -> None:
    """All six boosts, and the floor as it is by default."""
    config = Config.model_validate(yaml.safe_load(example("yaml")))
    (rule,) = config.extensions.judge.rules
    assert len(rule.boosts) == 6
    assert rule.floor == judged_by({}).rules[0].floor


def test_the_query_weighs(shop: Shop) -> None:
    """Long answers are bad, and twenty times as likely to be judged: unweighted half would be."""
    rows = shop.traffic(NOON, NOON + 1000 * SECOND, SECOND, answer_tokens=10)
    long = shop.traffic(NOON, NOON + 50 * SECOND, SECOND, answer_tokens=9000)
    boosts = [{"when": "long_answer", "above_tokens": 100, "rate": 1.0}]
    config = judged_by(sample_rate=0.1, boosts=boosts)
    shop.judge(config, NOON + HOUR, frozenset(row["span_id"] for row in long))
    with shop.store.reading() as snapshot:
        ((feature, version, share, judged),) = snapshot._cursor.sql(example("sql")).fetchall()
    assert (feature, version) == ("support-chat", "v1")
    assert judged < 0.2 * len(rows)
    assert share == pytest.approx(50 / 1050, rel=0.15)
