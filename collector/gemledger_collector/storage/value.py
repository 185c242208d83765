"""What calls of each feature, model or prompt version cost, beside what was judged of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gemledger_collector.estimation import weighted
from gemledger_collector.estimation.value import CostSums
from gemledger_collector.estimation.weighted import Sums
from gemledger_collector.storage.buckets import Bucket
from gemledger_collector.storage.transaction import Snapshot

Group = tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class Scale:
    """What answers are measured by: one dimension, judged by the same rubric and model."""

    dimension: str
    rubric_version: str
    judge_model: str


@dataclass(frozen=True, slots=True)
class Judged:
    """The flags of one group by one scale: 1 is bad."""

    scale: Scale
    group: Group
    newest_call_unix_nano: int
    flags: Sums


def costs(
    snapshot: Snapshot, around: Bucket, by: Sequence[str]
) -> tuple[Mapping[Group, CostSums], CostSums]:
    """By the keys of ``by`` (feature, model, prompt_version), the dearest first; and what our own calls cost."""
    parameters = {"since": around.start, "until": around.end, "by": list(by)}
    groups: dict[Group, CostSums] = {}
    own = CostSums()
    for row in snapshot.records("value_costs", parameters):
        sums = CostSums(
            calls=row["calls"],
            priced_calls=row["priced_calls"],
            pico_usd=int(row["pico_usd"]),
            slots=row["slots"],
            square_residuals=row["square_residuals"],
        )
        if row["own"]:
            own = CostSums(
                calls=own.calls + sums.calls,
                priced_calls=own.priced_calls + sums.priced_calls,
                pico_usd=own.pico_usd + sums.pico_usd,
            )
        else:
            groups[tuple(row[name] for name in by)] = sums
    return groups, own


def judged(snapshot: Snapshot, around: Bucket, by: Sequence[str]) -> list[Judged]:
    """What was judged of calls in a range, by scale and by the keys of ``by``."""
    within = {"since": around.start * 10**9, "until": around.end * 10**9, "by": list(by)}
    return [
        Judged(
            Scale(row["dimension"], row["rubric_version"], row["judge_model"]),
            tuple(row[name] for name in by),
            row["newest_call_unix_nano"],
            Sums(**row["flags"]),
        )
        for row in snapshot.query("value_flags", within).to_pylist()
    ]


def scale_of(found: Sequence[Judged], dimension: str) -> Scale | None:
    """The rubric and judge that graded the newest call: what others said is measured by another scale."""
    ends: dict[Scale, int] = {}
    for each in found:
        if each.scale.dimension == dimension:
            ends[each.scale] = max(ends.get(each.scale, 0), each.newest_call_unix_nano)
    return max(ends, key=ends.__getitem__, default=None)


def flags(found: Sequence[Judged], scale: Scale, keep: Sequence[int]) -> Mapping[Group, Sums]:
    """What was judged by a scale, per group; of each group's keys those at the positions ``keep`` stay."""
    gathered: dict[Group, list[Sums]] = {}
    for each in found:
        if each.scale == scale:
            group = tuple(each.group[position] for position in keep)
            gathered.setdefault(group, []).append(each.flags)
    return {group: weighted.total(parts) for group, parts in gathered.items()}
