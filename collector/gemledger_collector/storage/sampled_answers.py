"""Which answers await a judgement, and what speaks for each; typed questions to the store."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import pyarrow as pa

from gemledger_collector.storage.transaction import Snapshot, Transaction

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Population:
    """The answers a rule is about, and where they lie; the names are those of the statements' parameters."""

    rule: str
    salt: str
    by_conversation: bool
    slot: int
    team: str | None = None
    feature: str | None = None
    environment: str | None = None
    prompt_version: str | None = None
    model: str | None = None


@dataclass(frozen=True, slots=True)
class Boosts:
    """What raises an answer's chance, and to what; None where nothing does."""

    new_prompt_version_rate: float | None = None
    low_logprob_below: float | None = None
    low_logprob_rate: float | None = None
    thumbs_down_rate: float | None = None
    cut_off_rate: float | None = None
    long_answer_above: int | None = None
    long_answer_rate: float | None = None
    dear_above: int | None = None
    dear_rate: float | None = None


@dataclass(frozen=True, slots=True)
class NewVersion:
    """A prompt version of a feature, and until when it counts as new."""

    feature: str | None
    prompt_version: str
    until_unix_nano: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which answers a rule's rubric wants.

    ``by_slots``: also those that slots of time have brought in. ``counted_share`` is 1/N where the rule counts, else 0.
    """

    population: Population
    dimension: str
    rubric_version: str
    rate: float
    since: int
    max_attempts: int
    tried_before: int
    limit: int = 32
    by_slots: bool = False
    counted_share: float = 0.0
    boosts: Boosts = field(default_factory=Boosts)
    new_versions: Sequence[NewVersion] = ()
    again: bool = False
    """Those that are settled, at a lower probability than they have by now."""

    @property
    def parameters(self) -> Mapping[str, object]:
        """Of the statement."""
        told = {name: value for name, value in asdict(self).items() if name not in _NESTED}
        new = self.new_versions
        return {
            **told,
            **asdict(self.population),
            **asdict(self.boosts),
            "new_features": [each.feature for each in new],
            "new_versions": [each.prompt_version for each in new],
            "new_until": [each.until_unix_nano for each in new],
        }


_NESTED = frozenset({"population", "boosts", "new_versions"})


@dataclass(frozen=True, slots=True)
class Answer:
    """One captured answer; ``attempts`` is how often judging it has failed already."""

    trace_id: str
    span_id: int
    start_time_unix_nano: int
    response_id: str | None
    conversation_id: str | None
    team: str | None
    feature: str | None
    environment: str | None
    prompt_version: str | None
    model: str | None
    attempts: int
    input_messages: str | None
    output_messages: str
    system_instructions: str | None


@dataclass(frozen=True, slots=True)
class Chance:
    """Where an answer lies, and what gives it a share: it is in the sample where its position is below one of them."""

    position: float
    probability: float
    threshold: float
    slot_because: str | None
    counted: bool
    new_prompt_version: float
    low_logprob: float
    thumbs_down: float
    cut_off: float
    long_answer: float
    dear: float


_CHANCE = tuple(Chance.__dataclass_fields__)


def candidates(snapshot: Snapshot, wanted: Wanted) -> list[tuple[Answer, Chance]]:
    """Answers in the sample that have not been judged, newest first."""
    found = _found(snapshot, wanted)
    said = _messages(snapshot, found)
    return [
        (_answer(row, said[row["trace_id"], row["span_id"]]), _chance(row))
        for row in found
        if (row["trace_id"], row["span_id"]) in said
    ]


@dataclass(frozen=True, slots=True)
class Weighed:
    """A judged answer, and how likely it is by now to be judged."""

    trace_id: str
    span_id: int
    start_time_unix_nano: int
    chance: Chance


def weighed_too_low(snapshot: Snapshot, wanted: Wanted) -> list[Weighed]:
    """Answers that were judged when they were less likely to be."""
    return [
        Weighed(row["trace_id"], row["span_id"], row["start_time_unix_nano"], _chance(row))
        for row in _found(snapshot, wanted)
    ]


def weigh_again(
    transaction: Transaction,
    grading: tuple[str, str, str],
    weighed: Mapping[Weighed, bool],
    now: int,
) -> None:
    """Repeat the verdicts of ``grading`` (rule, dimension, version) by these weights; True: representative."""
    rule, dimension, rubric_version = grading
    starts = [each.start_time_unix_nano for each in weighed]
    rows = {
        "trace_id": [each.trace_id for each in weighed],
        "span_id": pa.array([each.span_id for each in weighed], pa.uint64()),
        "inclusion_probability": [each.chance.probability for each in weighed],
        "representative": list(weighed.values()),
    }
    asked = {
        "rule": rule,
        "dimension": dimension,
        "rubric_version": rubric_version,
        "now": now,
        "first_start": min(starts),
        "last_start": max(starts),
    }
    with transaction.bound("weighed", pa.table(rows)):
        transaction.execute("sampling_weigh_again", asked)


def gradings(snapshot: Snapshot, rule: str, since: int) -> list[tuple[str, str]]:
    """Dimensions and rubric versions by which a rule's answers were judged."""
    rows = snapshot.rows("sampling_gradings", {"rule": rule, "since": since})
    return [(str(dimension), str(version)) for dimension, version in rows]


def _found(snapshot: Snapshot, wanted: Wanted) -> list[Row]:
    rows: list[Row] = snapshot.query("evaluations_candidates", wanted.parameters).to_pylist()
    return rows


def _messages(snapshot: Snapshot, found: Sequence[Row]) -> dict[tuple[str, int], Row]:
    """What was said, by trace and span."""
    if not found:
        return {}
    starts = [row["start_time_unix_nano"] for row in found]
    asked = {
        "first_start": min(starts),
        "last_start": max(starts),
        "starts": starts,
        "span_ids": [row["span_id"] for row in found],
    }
    rows: Iterable[Row] = snapshot.query("evaluations_messages", asked).to_pylist()
    return {(row["trace_id"], row["span_id"]): row for row in rows}


def _answer(row: Row, said: Row) -> Answer:
    facts = {name: row[name] for name in Answer.__dataclass_fields__ if name in row}
    return Answer(
        **facts,
        input_messages=said["input_messages"],
        output_messages=said["output_messages"] or "[]",
        system_instructions=said["system_instructions"],
    )


def _chance(row: Row) -> Chance:
    return Chance(**{name: row[name] for name in _CHANCE})
