"""Metrics that no call tells: what judges said, what is left of a rate limit, for how long nobody called."""

from collections.abc import Sequence

import numpy as np

from gemledger_collector.alerts.alert import Watch, Window
from gemledger_collector.alerts.measures.frames import Frame, Group, Whole
from gemledger_collector.alerts.measures.measure import Measured
from gemledger_collector.alerts.measures.sources import Grouping
from gemledger_collector.alerts.measures.verdicts import Verdicts, breaches
from gemledger_collector.alerts.measures.windows import Windows
from gemledger_collector.alerts_config import RuleConfig
from gemledger_collector.alerts_config.metrics import BILLION
from gemledger_collector.processors.batches import Integers, Mask
from gemledger_collector.storage import rule_windows
from gemledger_collector.storage.rate_limits import Limit, Usage, rate_limits
from gemledger_collector.storage.transaction import Snapshot

_NANO = 10**9
_MINUTE = 60 * _NANO


def judged(rule: RuleConfig, snapshot: Snapshot, windows: Windows, grouping: Grouping) -> Measured:
    """The share of judged answers that are bad; its calls are those that were judged one way or the other."""
    between = (windows.starts[0] * _NANO, windows.ends[-1] * _NANO)
    rows = rule_windows.judged(snapshot, grouping.asked, between, rule.evaluation)
    groups = grouping.of_rows(rows)
    figures = {name: rows[name].to_numpy().astype(np.int64) for name in ("judged", "bad")}
    starts = rows["start"].to_numpy().astype(np.int64)
    frame = Frame(starts, groups, figures, np.zeros_like(starts), len(grouping.groups.all))
    told, bad = frame.sums("judged", windows), frame.total(("bad",), windows)
    has_value: Mask = told > 0
    values: Whole = np.zeros(bad.shape, dtype=object)
    values[has_value] = bad[has_value] * BILLION // told[has_value].astype(object)
    return Measured(grouping.groups.all, windows, values, told, has_value, has_value)


def headroom(
    rule: RuleConfig, snapshot: Snapshot, watch: Watch, limits: Sequence[Limit]
) -> Verdicts:
    """What is left of the tightest limit of each model, by its last full minute and the Pacific day so far."""
    end = watch.now // _MINUTE * _MINUTE
    wanted = rule.filter.model
    left: dict[Group, int] = {}
    for usage in rate_limits(snapshot, end - 1, limits, peaks=False):
        own = _left(usage)
        if own is not None and wanted in (None, usage.account.model):
            group = (usage.account.model or None,) if rule.group_by else ()
            left[group] = min(own, left.get(group, BILLION))
    return _verdicts(
        rule, list(left), list(left.values()), [Window(end - _MINUTE, end)] * len(left)
    )


def _left(usage: Usage) -> int | None:
    shares = []
    for used in usage.windows:
        if used.limits:
            limit = used.limits[0].limit
            shares.append(max(0, limit - used.measured) * BILLION // limit if limit else 0)
    return min(shares, default=None)


def silence(rule: RuleConfig, last_calls: Integers, grouping: Grouping, watch: Watch) -> Verdicts:
    """For how long each group has not called that did so within the last day, in microseconds."""
    known = np.flatnonzero(last_calls)
    groups = [grouping.groups.all[group] for group in known.tolist()]
    last = (last_calls[known] * _NANO).tolist()
    windows = [Window(min(each, watch.now), watch.now) for each in last]
    values = [max(0, watch.now - each) // 1000 for each in last]
    return _verdicts(rule, groups, values, windows)


def _verdicts(
    rule: RuleConfig, groups: list[Group], values: list[int], windows: list[Window]
) -> Verdicts:
    count = len(groups)
    whole: Whole = np.array(values, dtype=object)
    return Verdicts(
        groups,
        windows.__getitem__,
        whole,
        breaches(rule, whole),
        np.zeros(count, dtype=bool),
        np.ones(count, dtype=bool),
        np.zeros(count, dtype=np.int64),
    )
