"""``GET /api/v1/quality/value``: quality for money: what good answers cost, and where the same costs less."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query

from gemledger_collector.api.context import Ask, iso
from gemledger_collector.api.ranges import Range
from gemledger_collector.estimation import value
from gemledger_collector.estimation.rates import Estimate
from gemledger_collector.estimation.value import CostSums, Option, Saving
from gemledger_collector.estimation.weighted import Sums
from gemledger_collector.storage import value as stored
from gemledger_collector.storage.buckets import Bucket, slots_around
from gemledger_collector.storage.value import Group, Judged, Scale

Json = dict[str, Any]
By = Literal["model", "feature", "prompt_version"]

LEAST_JUDGED = 50
"""Of each side of a pair."""
DEFAULT_MARGIN = 0.03
INTERVAL = (
    "95 %, Wilson for rates, Student over quarters of an hour for costs, MOVER for both together"
)
_WEEK_SECONDS, _MONTH_SECONDS = 7 * 86_400, 30 * 86_400
_KEYS: Mapping[By, tuple[str, ...]] = {
    "model": ("model",),
    "feature": ("feature",),
    "prompt_version": ("feature", "prompt_version"),
}
_CELLS: Mapping[By, tuple[str, ...]] = {
    "model": ("feature", "model"),
    "feature": ("feature",),
    "prompt_version": ("feature", "prompt_version"),
}
"""What is compared: within a feature, for answers to other questions are good or dear for other reasons."""

router = APIRouter(tags=["quality"])


@router.get("/api/v1/quality/value")
def quality_value(
    ask: Ask,
    between: Range,
    dimension: str | None = None,
    by: By = "model",
    margin: Annotated[float, Query(ge=0, le=0.5)] = DEFAULT_MARGIN,
) -> Json:
    """Per group of calls: the share of good answers, the cost of a call, good answers for a dollar, with intervals.

    And pairs within a feature: the cheaper one is not shown to be worse by more than ``margin``, both judged at least
    50 times. Money is picoUSD in decimal strings; the rows and ``own`` (the judge's calls and such) sum to the ledger.
    """
    around = _slots(ask, between.since, between.until)
    week = replace(around, start=max(around.start, around.end - _WEEK_SECONDS))
    cells = _CELLS[by]
    with ask.store.reading() as snapshot:
        judged = stored.judged(snapshot, around, cells)
        groups, own = stored.costs(snapshot, around, _KEYS[by])
        compared, _ = stored.costs(snapshot, around, cells)
        recent, _ = stored.costs(snapshot, week, cells)
    names = _by_size(judged)
    chosen = dimension if dimension is not None else next(iter(names), None)
    scale = None if chosen is None else stored.scale_of(judged, chosen)
    flags = _flags(judged, scale, [cells.index(name) for name in _KEYS[by]])
    options = _options(compared, _flags(judged, scale, range(len(cells))))
    month = _Month(recent, _MONTH_SECONDS / max(week.end - week.start, 1))
    return {
        "since": iso(around.start * 10**9),
        "until": iso(around.end * 10**9),
        "dimension": chosen,
        "dimensions": names,
        "scale": None if scale is None else _scale(scale),
        "by": by,
        "rows": [
            dict(zip(_KEYS[by], group, strict=True)) | _row(cost, flags.get(group, Sums()))
            for group, cost in groups.items()
        ],
        "totals": _total(list(groups.values())),
        "own": _total([own]),
        "pairs": [_pair(each, by, month) for each in _pairs(options, margin)],
        "margin": margin,
        "least_judged": LEAST_JUDGED,
        "interval": INTERVAL,
    }


@dataclass(frozen=True, slots=True)
class _Month:
    """Calls of late, and how often their time fits into thirty days."""

    recent: Mapping[Group, CostSums]
    times: float

    def calls(self, option: Option) -> int:
        """What a month would have at this volume."""
        found = self.recent.get((option.task, option.name))
        return 0 if found is None else round(found.calls * self.times)


def _slots(ask: Ask, since: int, until: int) -> Bucket:
    """The range in whole slots of the ledger, ending now where it has no end."""
    return slots_around(since, max(min(until, ask.clock() + 1), since + 1))


def _by_size(found: Sequence[Judged]) -> list[str]:
    """Dimensions, what was judged most first."""
    counts: Counter[str] = Counter()
    for each in found:
        counts[each.scale.dimension] += each.flags.count
    return sorted(counts, key=lambda name: (-counts[name], name))


def _flags(
    found: Sequence[Judged], scale: Scale | None, keep: Sequence[int]
) -> Mapping[Group, Sums]:
    return {} if scale is None else stored.flags(found, scale, keep)


def _options(costs: Mapping[Group, CostSums], flags: Mapping[Group, Sums]) -> list[Option]:
    """What can be compared: where the feature is known, and not by feature alone."""
    return [
        Option(group[0], group[1], flags.get(group, Sums()), cost)
        for group, cost in costs.items()
        if len(group) == 2 and group[0] is not None
    ]


def _pairs(options: Sequence[Option], margin: float) -> list[Saving]:
    found = value.savings(options, margin, LEAST_JUDGED)
    return sorted(found, key=lambda each: -each.pico_usd_per_call.value)


def _row(cost: CostSums, flags: Sums) -> Json:
    each, good = value.mean_cost(cost), value.good_rate(flags)
    worth = None if each is None or good is None else value.per_dollar(good, each)
    return {
        **_total([cost]),
        **_money("cost_per_call", each),
        "judged": flags.count,
        **_told("good_rate", good),
        **_told("good_per_usd", worth),
    }


def _total(costs: Sequence[CostSums]) -> Json:
    calls = sum(cost.calls for cost in costs)
    return {
        "calls": calls,
        "unpriced_calls": calls - sum(cost.priced_calls for cost in costs),
        "cost_pico_usd": str(sum(cost.pico_usd for cost in costs)),
    }


def _pair(saving: Saving, by: By, month: _Month) -> Json:
    calls = month.calls(saving.dear)
    each = saving.pico_usd_per_call
    monthly = Estimate(*(part * calls for part in (each.value, each.low, each.high)))
    return {
        "feature": saving.dear.task,
        "instead_of": {by: saving.dear.name, "judged": saving.dear.flags.count},
        "use": {by: saving.cheap.name, "judged": saving.cheap.flags.count},
        "verdict": "not shown to be worse",
        **_told("quality_difference", saving.quality),
        **_money("saving_per_call", each),
        "calls_per_month": calls,
        **_money("saving_per_month", monthly),
    }


def _scale(scale: Scale) -> Json:
    return {"rubric_version": scale.rubric_version, "judge_model": scale.judge_model}


def _told(name: str, found: Estimate | None) -> Json:
    """A value and the ends of its interval; null where there is none, or no end."""
    parts = (None, None, None) if found is None else (found.value, found.low, found.high)
    ends = zip(("", "_low", "_high"), parts, strict=True)
    return {
        f"{name}{end}": part if part is None or math.isfinite(part) else None for end, part in ends
    }


def _money(name: str, found: Estimate | None) -> Json:
    """The same in whole picoUSD."""
    return {
        key.replace(name, f"{name}_pico_usd"): None if part is None else str(round(part))
        for key, part in _told(name, found).items()
    }
