"""Who pays, by the collector's dated rules: a team where the app said none, and a cost center.

Work is done once per distinct combination of what the rules look at, and only those columns are looked at. Without
rules it is free.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from gemledger import semconv
from gemledger_collector.attribution_config import AttributeProcessor, AttributionRule
from gemledger_collector.processors.batches import Keys, integers, mask, with_columns
from gemledger_collector.processors.decode import SpanBatch

TARGETS = ("team", "cost_center")
COLUMNS = (*TARGETS, "attribution_rule")
"""What rules fill. ``attribution_rule`` says what came from which rule: ``team:NAME,cost_center:NAME``."""

_COLUMN_OF = {
    "service": "service_name",
    "feature": "feature",
    "environment": "environment",
    "project": "account_project",
    "key_digest": "account_key_digest",
    "team": "team",
}
"""Matcher → the column it is compared with."""

FACTS = (*_COLUMN_OF.values(), "user_id", "attributes", "start_time_unix_nano")
"""Columns that rules look at."""

Facts = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Decision:
    """What the rules make of a call; None where they say nothing."""

    team: str | None = None
    cost_center: str | None = None
    rule: str | None = None


class Attribution:
    """A set of rules, ready to be applied."""

    def __init__(self, processor: AttributeProcessor) -> None:
        self.rules = processor.rules
        self._ranges = [rule.range(processor.timezone) for rule in self.rules]
        self._edges = np.array(sorted({edge for each in self._ranges for edge in each}), np.int64)
        self._asked = [_asked(rule) for rule in self.rules]
        self._columns = _columns(self.rules)
        self.looks_at_labels = any(rule.match.labels for rule in self.rules)

    def columns(self, rows: pa.RecordBatch) -> dict[str, pa.Array]:
        """COLUMNS of each row. ``team`` must hold what the app said, and nothing else."""
        keys = Keys(len(rows))
        names = list(self._columns)
        for column in self._columns.values():
            keys.add(column(rows))
        starts = integers(rows.column("start_time_unix_nano"))
        keys.add(pa.array(np.searchsorted(self._edges, starts, side="right")))
        team = rows.column("team")
        keys.add(team.is_valid())
        decisions = [self._decided(names, key) for key in keys.distinct()]
        of_row = pa.array(keys.of_row)

        def taken(texts: Sequence[str | None]) -> pa.Array:
            return pa.array(texts, pa.string()).take(of_row)

        return {
            "team": pc.coalesce(team, taken([each.team for each in decisions])),
            "cost_center": taken([each.cost_center for each in decisions]),
            "attribution_rule": taken([each.rule for each in decisions]),
        }

    def _decided(self, names: Sequence[str], key: tuple[object, ...]) -> Decision:
        *values, period, has_team = key
        facts = dict(zip(names, values, strict=True))
        found: dict[str, tuple[str, str]] = {}
        for target in TARGETS[bool(has_team) :]:
            for position, rule in enumerate(self.rules):
                value = getattr(rule.payer, target)
                if value is not None and self._applies(position, facts, int(str(period))):
                    found[target] = (value, rule.name)
                    facts |= {target: value}
                    break
        rules = ",".join(f"{target}:{rule}" for target, (_, rule) in found.items())
        values_found = {target: value for target, (value, _) in found.items()}
        return Decision(**values_found, rule=rules or None)

    def _applies(self, position: int, facts: Facts, period: int) -> bool:
        since, until = self._ranges[position]
        begins, ends = np.searchsorted(self._edges, [since, until], side="right")
        if not begins <= period < ends:
            return False
        return all(facts.get(name) in wanted for name, wanted in self._asked[position].items())


def attribute(batch: SpanBatch, attribution: Attribution | None) -> SpanBatch:
    """Fills team, cost center and the rule that said so, of billed calls."""
    spans = batch.spans
    if attribution is None or not attribution.rules:
        nothing = dict.fromkeys(
            ("cost_center", "attribution_rule"), pa.nulls(len(spans), pa.string())
        )
        return SpanBatch(with_columns(spans, nothing), batch.exchanges)
    found = attribution.columns(spans)
    billed = pa.array(mask(spans.column("billed")))
    columns = {
        name: pc.if_else(billed, values, pa.scalar(None, pa.string()))
        for name, values in found.items()
    }
    columns["team"] = pc.if_else(billed, found["team"], spans.column("team"))
    return SpanBatch(with_columns(spans, columns), batch.exchanges)


def changed_ranges(before: AttributeProcessor, after: AttributeProcessor) -> list[tuple[int, int]]:
    """The starts of calls that the two sets of rules may decide differently, merged and in order."""
    old, new = _dated(before), _dated(after)
    kept = [each for each in old if each in new]
    if kept != [each for each in new if each in old]:
        kept = []  # the order of rules decides as well
    ranges = sorted(dates for rule, dates in (*old, *new) if (rule, dates) not in kept)
    merged: list[tuple[int, int]] = []
    for since, until in ranges:
        if merged and since <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(until, merged[-1][1]))
        else:
            merged.append((since, until))
    return merged


def _dated(processor: AttributeProcessor) -> list[tuple[AttributionRule, tuple[int, int]]]:
    return [(rule, rule.range(processor.timezone)) for rule in processor.rules]


def _asked(rule: AttributionRule) -> dict[str, frozenset[object]]:
    """What a rule looks at, and the values it takes."""
    match = rule.match
    asked = {name: frozenset(getattr(match, name)) for name in _COLUMN_OF if getattr(match, name)}
    asked |= {_label(name): frozenset(values) for name, values in match.labels.items()}
    if match.user_id_prefix is not None:
        asked[_prefix(match.user_id_prefix)] = frozenset([True])
    return asked


Column = Callable[[pa.RecordBatch], pa.Array]


def _columns(rules: Sequence[AttributionRule]) -> dict[str, Column]:
    """How to get everything that any of the rules looks at."""
    columns: dict[str, Column] = {}
    for rule in rules:
        match = rule.match
        for name, column in _COLUMN_OF.items():
            if getattr(match, name):
                columns[name] = _named(column)
        for label in match.labels:
            columns[_label(label)] = _of_label(semconv.LABEL_PREFIX + label)
        if match.user_id_prefix is not None:
            columns[_prefix(match.user_id_prefix)] = _begins(match.user_id_prefix)
    return columns


def _label(name: str) -> str:
    return f"label:{name}"


def _prefix(text: str) -> str:
    return f"user_id:{text}"


def _named(column: str) -> Column:
    return lambda rows: rows.column(column)


def _of_label(key: str) -> Column:
    return lambda rows: pc.map_lookup(
        rows.column("attributes"), query_key=pa.scalar(key), occurrence="last"
    )


def _begins(prefix: str) -> Column:
    return lambda rows: pc.starts_with(rows.column("user_id"), prefix).fill_null(False)


__all__ = ["COLUMNS", "FACTS", "Attribution", "attribute", "changed_ranges"]
