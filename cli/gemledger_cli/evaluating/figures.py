"""From what a run wrote down to its figures: rates and means with their intervals, and how two candidates differ."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from statistics import median
from typing import Any

from gemledger_cli.evaluating.agreeing import DECIDED, agreed
from gemledger_cli.evaluating.candidates import GIVEN, Candidate
from gemledger_cli.evaluating.items import Item
from gemledger_cli.evaluating.journal import ANSWER, Journal, Json, settled
from gemledger_collector.estimation import rates, side_by_side
from gemledger_collector.estimation.rates import Estimate
from gemledger_collector.judge.rubric import Rubric


class Figures:
    """Everything a run has to say, as JSON has it. ``examples``: ids told of where two candidates disagree."""

    def __init__(
        self,
        items: Sequence[Item],
        candidates: Sequence[Candidate],
        rubrics: Sequence[Rubric],
        journal: Journal,
        examples: int,
    ) -> None:
        self._items = items
        self._candidates = candidates
        self._rubrics = rubrics
        self._result = journal.result
        self._charged = journal.charged
        self._examples = examples

    def told(self) -> Json:
        """Candidates, rubrics, and the comparison where there are two candidates."""
        return {
            "items": len(self._items),
            "candidates": [self._answers(each) for each in self._candidates],
            "rubrics": [self._rubric(each) for each in self._rubrics],
            "comparison": self._effort() if len(self._candidates) == 2 else None,
        }

    @property
    def errors(self) -> tuple[int, int]:
        """Answers and verdicts that failed and were not done since, and how many of them may yet succeed."""
        steps = [ANSWER, *(rubric.name for rubric in self._rubrics)]
        lines = [
            self._result((item.id, candidate.name, step))
            for item in self._items
            for candidate in self._candidates
            for step in steps
        ]
        failed = [line for line in lines if line is not None and line["error"] is not None]
        return len(failed), sum(not settled(line) for line in failed)

    def _answers(self, candidate: Candidate) -> Json:
        answered = [
            effort
            for item in self._items
            if (effort := self._effort_of(item, candidate)) is not None
        ]
        costs = [cost for cost, _ in answered if cost is not None]
        seconds = [each for _, each in answered if each is not None]
        lines = [self._result((item.id, candidate.name, ANSWER)) for item in self._items]
        return {
            **candidate.told,
            "answers": len(answered),
            **_failed([line for line in lines if line is not None]),
            "cost_pico_usd": str(sum(costs)),
            "mean_cost_pico_usd": str(sum(costs) // len(costs)) if costs else None,
            "unpriced": len(answered) - len(costs),
            "median_latency_seconds": median(seconds) if seconds else None,
        }

    def _effort_of(
        self, item: Item, candidate: Candidate
    ) -> tuple[int | None, float | None] | None:
        """What an answer cost and how long it took; None where there is no answer."""
        if candidate.model is None:
            return item.cost_pico_usd, item.latency_seconds
        line = self._result((item.id, candidate.name, ANSWER))
        if line is None or line["error"] is not None:
            return None
        cost = line["cost_pico_usd"]
        return None if cost is None else int(cost), line["latency_seconds"]

    def _rubric(self, rubric: Rubric) -> Json:
        return {
            "rubric": rubric.name,
            "version": rubric.version,
            "word": rubric.word,
            "candidates": [self._judged(rubric, each) for each in self._candidates],
            "comparison": self._compared(rubric) if len(self._candidates) == 2 else None,
        }

    def _judged(self, rubric: Rubric, candidate: Candidate) -> Json:
        keys = [(item.id, candidate.name, rubric.name) for item in self._items]
        lines = [line for key in keys if (line := self._result(key)) is not None]
        labels = [line["label"] for line in lines if line["error"] is None]
        scores = [line["score"] for line in lines if line.get("label") in DECIDED]
        bad = labels.count("bad")
        squares = sum(score * score for score in scores)
        return {
            "name": candidate.name,
            "judged": len(labels),
            "bad": bad,
            "cannot_tell": labels.count("cannot_tell"),
            **_failed(lines),
            "bad_rate": _estimate(rates.rate(bad, len(scores))),
            "mean_score": _estimate(rates.mean(sum(scores), squares, len(scores))),
            "judge_cost_pico_usd": str(sum(map(self._charged, keys))),
            "agreement": self._agreement(rubric) if candidate.model is None else None,
        }

    def _agreement(self, rubric: Rubric) -> Json | None:
        """With people, who labelled the answers of the data set, and no others."""
        said = {
            item.id: (line["label"], item.labels[rubric.name])
            for item in self._items
            if rubric.name in item.labels
            and (line := self._result((item.id, GIVEN, rubric.name))) is not None
            and line["error"] is None
        }
        return agreed(said, self._examples)

    def _compared(self, rubric: Rubric) -> Json | None:
        """Of the items whose answers by both candidates were found good or bad."""
        both = {
            item.id: verdicts
            for item in self._items
            if len(verdicts := self._decided(rubric, item)) == 2
        }
        bad = {id_: tuple(each["label"] == "bad" for each in both[id_]) for id_ in both}
        found = side_by_side.rates([(first, second) for first, second in bad.values()])
        if found is None:
            return None
        scores = [(first["score"], second["score"]) for first, second in both.values()]
        means = side_by_side.means(scores)
        return {
            **asdict(found),
            "tells": found.tells,
            "score_difference": None if means is None else asdict(means.difference),
            "score_tells": means is not None and means.tells,
            "only_first_bad": self._some(bad, (True, False)),
            "only_second_bad": self._some(bad, (False, True)),
        }

    def _decided(self, rubric: Rubric, item: Item) -> Sequence[Json]:
        lines = [self._result((item.id, each.name, rubric.name)) for each in self._candidates]
        return [line for line in lines if line is not None and line.get("label") in DECIDED]

    def _some(self, bad: Mapping[str, tuple[bool, ...]], wanted: tuple[bool, bool]) -> list[str]:
        return [id_ for id_, pair in bad.items() if pair == wanted][: self._examples]

    def _effort(self) -> Json:
        """How much the second costs and takes, as a multiple of the first."""
        pairs = [
            [self._effort_of(item, candidate) for candidate in self._candidates]
            for item in self._items
        ]
        whole = [
            (first, second) for first, second in pairs if first is not None and second is not None
        ]
        costs = [
            (float(a), float(b)) for (a, _), (b, _) in whole if a is not None and b is not None
        ]
        times = [(a, b) for (_, a), (_, b) in whole if a is not None and b is not None]
        return {
            "cost_ratio": _estimate(side_by_side.ratio(costs)),
            "latency_ratio": _estimate(side_by_side.ratio(times)),
        }


def _failed(lines: Sequence[Json]) -> Json:
    """How many of the last lines are errors, and of what kinds."""
    kinds = Counter(str(line.get("kind")) for line in lines if line["error"] is not None)
    return {"errors": kinds.total(), "error_kinds": dict(kinds)}


def _estimate(found: Estimate | None) -> dict[str, Any] | None:
    return None if found is None else asdict(found)
