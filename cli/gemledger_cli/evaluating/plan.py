"""What a run is to do, and why one ends."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from gemledger_cli.evaluating.candidates import Candidate
from gemledger_cli.evaluating.items import Item
from gemledger_collector.judge.rubric import Rubric
from gemledger_collector.judge.spending import CallRates


class Halt(StrEnum):
    """Why a run ended."""

    DONE = "done"
    BUDGET = "the budget is reached"
    STOPPED = "it was stopped"
    FAILING = "every call fails"


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be evaluated. ``rates`` has every model of it."""

    items: Sequence[Item]
    candidates: Sequence[Candidate]
    rubrics: Sequence[Rubric]
    judge_model: str
    max_output_tokens: int
    rates: Mapping[str, CallRates]
    broken_lines: int = 0
    """Of the data set, left out."""

    def jobs(self) -> Iterator[tuple[Item, Candidate]]:
        """Item by item, so that what is there when a run is ended is there for all candidates."""
        return ((item, candidate) for item in self.items for candidate in self.candidates)
