"""A store with two judged days, and what else may have happened on them, before its collector starts."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from support.blank import open_blank
from support.collector import RunningCollector, config_for
from support.judged import record, verdict

from gemledger_collector.alerts.evaluate import Evaluator
from gemledger_collector.alerts.sources import Sources
from gemledger_collector.alerts_config import AlertsConfig
from gemledger_collector.judge_standing import JudgeStanding, Standing
from gemledger_collector.storage import labels
from gemledger_collector.storage.labels import Label
from gemledger_collector.storage.minutes import Minutes

from .conftest import MORNING, at

SECOND = 10**9
JUDGE = {
    "model": "gemini-2.5-flash-lite",
    "rules": [{"name": "support-quality", "rubrics": ["accuracy"], "sample_rate": 0.01}],
}
BUDGET = 10**12


@dataclass
class Past:
    """What the store will hold."""

    path: Path
    judge: dict[str, Any] = field(default_factory=lambda: dict(JUDGE))
    rows: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Open until the collector takes over."""
        self.store = open_blank(self.path)

    def judged(self, when: str, bad: Sequence[bool], **columns: Any) -> Self:
        """Answers half a minute apart, each picked once in a hundred unless told otherwise."""
        told = {"dimension": "hallucination", "sample_rate": 0.01, **columns}
        rows = [
            verdict(at(when) + place * 30 * SECOND, "bad" if wrong else "good", **told)
            for place, wrong in enumerate(bad)
        ]
        return self.said(rows)

    def said(self, rows: Iterable[dict[str, Any]]) -> Self:
        """Verdicts of any kind."""
        told = list(rows)
        self.rows += told
        record(self.store, told)
        return self

    def people(self, number: int, *, differ: int) -> Self:
        """People label so many, half of them flagged, and differ from the judge in so many of each half."""
        told = []
        for said, contrary in (("bad", "good"), ("good", "bad")):
            found = [row for row in self.rows if row["label"] == said][: number // 2]
            told += [_label(row, contrary if n < differ else said) for n, row in enumerate(found)]
        assert len(told) == number
        with self.store.writing() as transaction:
            assert not labels.record(transaction, told, at(MORNING))
        return self

    def watched(self, *times: str, budget_used_up_since: str | None = None) -> Self:
        """Alerts are looked at so often, one of them about the quality of answers."""
        about = {"name": "support", "dimension": "hallucination", "baseline": "fixed"}
        config = AlertsConfig.model_validate({"quality": [about]})
        standing = JudgeStanding()
        if budget_used_up_since is not None:
            standing.tell(Standing("budget", "used up", at(budget_used_up_since), BUDGET, 0))
        evaluator = Evaluator(
            self.store, config, sources=Sources(Minutes(self.store), judge=standing)
        )
        for each in times:
            evaluator.evaluate(at(each))
        return self

    def collector(self, **sections: Any) -> RunningCollector:
        """The collector of the morning after, on this store."""
        self.store.close()
        extensions = {"judge": self.judge, **sections}
        config = config_for(self.path, extensions=extensions)
        return RunningCollector(config, clock=lambda: at(MORNING))


def _label(row: dict[str, Any], said: str) -> Label:
    trace, span = row["trace_id"].replace("-", ""), f"{row['span_id']:016x}"
    return Label(trace, span, row["dimension"], said, None, "ada", "api")
