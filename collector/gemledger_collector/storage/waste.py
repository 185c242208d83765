"""What was paid and may not have had to be: prompts just above a context step, streams that nobody read to the end."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gemledger_collector.storage.buckets import Bucket
from gemledger_collector.storage.errors_by_kind import KindAnswer, errors_by_kind
from gemledger_collector.storage.spend import DIMENSIONS, SpendQuestion, bucketed
from gemledger_collector.storage.transaction import Snapshot

MOST_GROUPS = 500
LINES = ("input", "cache_read", "tool_use", "output", "thoughts")


@dataclass(frozen=True, slots=True)
class Band:
    """Prompts above ``step`` tokens, and at most ``most``."""

    step: int
    most: int


@dataclass(frozen=True, slots=True)
class StepGroup:
    """Calls of one exchange just above a step, at one price; ``first`` began first, in unix nanoseconds.

    ``above_tokens`` lie above the step, ``above_fresh_tokens`` of them were not cached. ``paid`` is picoUSD by line.
    """

    model: str
    platform: str
    service_tier: str
    region: str
    first: int
    calls: int
    prompt_tokens: int
    cache_read_tokens: int
    tool_use_tokens: int
    output_tokens: int
    thoughts_tokens: int
    above_tokens: int
    above_fresh_tokens: int
    cost_pico_usd: int
    paid: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Stream:
    """Streams that ended in one way, and their bill."""

    state: str
    calls: int
    cost_pico_usd: int
    cost_upper_pico_usd: int
    unbounded_calls: int


@dataclass(frozen=True, slots=True)
class Waste:
    """Everything of one range: ``long_calls`` are all above their step, the ``groups`` those just above."""

    range: Bucket
    groups: Sequence[tuple[Band, StepGroup]]
    long_calls: int
    long_cost_pico_usd: int
    streams: Sequence[Stream]
    kinds: KindAnswer


def waste(snapshot: Snapshot, question: SpendQuestion, bands: Sequence[Band]) -> Waste:
    """What was paid in the question's range, in whole slots. Raises Rejected for an empty or endless question."""
    around, _ = bucketed(question)
    only = {f"only_{name}": question.only.get(name) for name in DIMENSIONS}
    spans = {"since": around.start * 10**9, "until": around.end * 10**9, **only}
    long = snapshot.records(
        "waste_long_context", {"since": around.start, "until": around.end, **only}
    )[0]
    return Waste(
        range=around,
        groups=[(band, each) for band in bands for each in _groups(snapshot, band, spans)],
        long_calls=int(long["calls"]),
        long_cost_pico_usd=int(long["cost_pico_usd"]),
        streams=[_stream(row) for row in snapshot.records("waste_streams", spans)],
        kinds=errors_by_kind(snapshot, question),
    )


def _groups(snapshot: Snapshot, band: Band, spans: Mapping[str, object]) -> Sequence[StepGroup]:
    asked = {**spans, "step": band.step, "most": band.most, "rows": MOST_GROUPS}
    return [_group(row) for row in snapshot.records("waste_context_step", asked)]


def _group(row: Mapping[str, object]) -> StepGroup:
    counts = {
        name: int(str(row[name]))
        for name in StepGroup.__slots__
        if name not in {"model", "platform", "service_tier", "region", "paid"}
    }
    return StepGroup(
        model=str(row["model"] or ""),
        platform=str(row["platform"] or ""),
        service_tier=str(row["service_tier"]),
        region=str(row["region"]),
        paid={line: int(str(row[f"{line}_pico_usd"] or 0)) for line in LINES},
        **counts,
    )


def _stream(row: Mapping[str, object]) -> Stream:
    counts = {name: int(str(row[name])) for name in Stream.__slots__ if name != "state"}
    return Stream(state=str(row["stream_state"]), **counts)
