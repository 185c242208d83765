"""Spend of many groups over time, out of the ledger, as arrays: what a baseline is made of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from gemledger_collector.processors.batches import Integers
from gemledger_collector.storage.spend import DIMENSIONS
from gemledger_collector.storage.transaction import Snapshot

Group = tuple[str | None, ...]
"""Values of the dimensions that were asked for, in their order."""
_NONE, _BETWEEN = "\x00", "\x1f"


@dataclass(frozen=True, slots=True)
class GroupQuestion:
    """Which spend (labels that must match), by which dimensions, in steps of ``seconds``, a multiple of 900."""

    matching: Mapping[str, str]
    by: Sequence[str]
    seconds: int


@dataclass(frozen=True, slots=True)
class GroupSpend:
    """A row for each step and group that has any: ``starts`` in unix seconds, ``places`` in ``groups``, picoUSD."""

    groups: Sequence[Group]
    starts: Integers
    places: Integers
    pico_usd: pa.ChunkedArray


def group_spend(snapshot: Snapshot, question: GroupQuestion, since: int, until: int) -> GroupSpend:
    """What was spent in ``[since, until)``, unix seconds at multiples of the step."""
    parameters: dict[str, object] = {"seconds": question.seconds, "since": since, "until": until}
    parameters |= {name: question.matching.get(name) for name in DIMENSIONS}
    parameters |= {f"by_{name}": name in question.by for name in DIMENSIONS}
    table = snapshot.query("spend_by_group", parameters)
    groups, places = _groups(table, question.by)
    return GroupSpend(
        groups, table["begin_unix_seconds"].to_numpy(), places, table["cost_pico_usd"]
    )


def _groups(table: pa.Table, by: Sequence[str]) -> tuple[list[Group], Integers]:
    """The groups there are, and which of them each row belongs to; a text per row would be dear."""
    if not by:
        return [()], np.zeros(len(table), np.int64)
    columns = [pc.fill_null(table[name], _NONE) for name in by]
    joined = pc.binary_join_element_wise(*columns, _BETWEEN).combine_chunks().dictionary_encode()
    names = joined.dictionary.to_pylist()
    groups = [
        tuple(None if part == _NONE else part for part in name.split(_BETWEEN)) for name in names
    ]
    return groups, joined.indices.to_numpy().astype(np.int64)
