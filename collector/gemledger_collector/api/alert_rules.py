"""GET /api/v1/alerts/rules, and a preview of one: what rules see now, and what another would have seen."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Annotated, Any

import yaml
from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from gemledger_collector.alerts.alert import State, Watch
from gemledger_collector.alerts.measures.frames import Group
from gemledger_collector.alerts.measures.verdicts import Verdicts
from gemledger_collector.alerts.quantities import in_words
from gemledger_collector.alerts.rules import RuleWatcher, identity
from gemledger_collector.alerts.rules.preview import Series, can_be_previewed, preview
from gemledger_collector.alerts.sources import configured_limits
from gemledger_collector.alerts_config import METRICS, RuleConfig
from gemledger_collector.alerts_config.rules import FINE
from gemledger_collector.api.context import Ask, Context, iso
from gemledger_collector.config_problems import problems_of
from gemledger_collector.config_values import nanoseconds
from gemledger_collector.errors import Rejected
from gemledger_collector.storage import alert_history, rule_windows
from gemledger_collector.storage.rule_windows import Asked, Parts
from gemledger_collector.storage.transaction import Snapshot

Json = dict[str, Any]
MOST_GROUPS = 100
"""Of a rule in an answer: those nearest to the limit, or beyond it."""
MOST_PREVIEWED_CALLS = 3_000_000
"""Minutes are read from spans: of more calls than these that takes longer than anybody waits."""

MOST_BRACKETS = 100

router = APIRouter(tags=["alerts"])


@router.get("/api/v1/alerts/rules")
def rules(ask: Ask) -> Json:
    """Every rule as it is configured, and what it sees now: the groups nearest to its limit, and how they stand."""
    with ask.store.reading() as snapshot:
        return {"at": iso(ask.clock()), "rules": shown_rules(ask, snapshot)}


def shown_rules(ask: Context, snapshot: Snapshot) -> list[Json]:
    """Every rule with what it sees now."""
    config, now = ask.config.alerts, ask.clock()
    watcher = RuleWatcher(
        config.rules, ask.minutes, configured_limits(ask.config.extensions.rate_limits)
    )
    watch = Watch(now, nanoseconds(config.lateness))
    stored = {row.fingerprint: row for row in alert_history.open_alerts(snapshot)}
    states = {name: (row.state, row.started_at_unix_nano) for name, row in stored.items()}
    return [
        {**_rule(rule), **_groups(rule, verdicts, states)}
        for rule, verdicts in watcher.verdicts(snapshot, watch)
    ]


class Previewed(BaseModel):
    """A rule as it is written in YAML or JSON, and over how many hours it is looked at."""

    model_config = ConfigDict(extra="forbid")

    rule: Annotated[str, Field(max_length=5_000)]
    hours: Annotated[int, Field(ge=1, le=168)] = 6


@router.post("/api/v1/alerts/preview")
def previewed(ask: Ask, asked: Previewed) -> Json:
    """What a rule would have seen over the last hours and when it would have fired; nothing is kept, nobody is told.

    Groups that would have fired come first.
    """
    rule, now = parsed(asked.rule), ask.clock()
    if not can_be_previewed(rule):
        raise Rejected(
            f"of {rule.metric} no past is kept; what it is now is in /api/v1/alerts/rules"
        )
    with ask.store.reading() as snapshot:
        _require_few(ask, snapshot, rule, asked.hours)
        seen = preview(rule, snapshot, now, asked.hours)
    order = sorted(seen.groups, key=lambda one: _rank(rule, one))
    return {
        **_rule(rule),
        "step_seconds": seen.step_seconds,
        "ends": [iso(end * 10**9) for end in seen.ends],
        "group_count": len(seen.groups),
        "fired_count": sum(len(one.fired) for one in seen.groups),
        "groups": [_series(rule, one) for one in order[:MOST_GROUPS]],
    }


def parsed(written: str) -> RuleConfig:
    """A rule from YAML or JSON, as strictly as from the configuration. Raises Rejected with every problem."""
    document = _document(written)
    if isinstance(document, list) and len(document) == 1:
        document = document[0]  # as it stands below `rules:`
    if not isinstance(document, dict):
        raise Rejected("the rule is no mapping; write keys such as name:, metric:, window:, above:")
    try:
        return RuleConfig.model_validate(document)
    except ValidationError as error:
        raise Rejected("; ".join(problems_of(error, RuleConfig))) from None


def _document(written: str) -> object:
    """What the YAML holds. Raises Rejected, also for an alias: a few lines of those unfold into gigabytes."""
    if (
        written.count("[") + written.count("{") > MOST_BRACKETS
    ):  # each costs as long as there are others open
        raise Rejected(f"the rule has more than {MOST_BRACKETS} brackets; no rule needs as many")
    try:
        if any(
            isinstance(event, yaml.AliasEvent) for event in yaml.parse(written, yaml.SafeLoader)
        ):
            raise Rejected("the rule has a YAML alias (*name); write out what it stands for")
        return yaml.safe_load(written)
    except (yaml.YAMLError, ValueError, RecursionError) as error:  # ValueError: a date that is none
        raise Rejected(f"the rule is not YAML: {' '.join(str(error).split())}") from None


def _require_few(ask: Context, snapshot: Snapshot, rule: RuleConfig, hours: int) -> None:
    if rule.window > FINE:
        return
    until = ask.clock() // 10**9
    since = until - hours * 3600 - int(timedelta(hours=1).total_seconds())
    everything = rule_windows.slots(snapshot, Asked((), ()), Parts(since, until, since, until))
    if sum(everything["calls"].to_pylist()) > MOST_PREVIEWED_CALLS:
        raise Rejected(
            f"more than {MOST_PREVIEWED_CALLS:,} calls in {hours} hours; ask for fewer hours"
        )


def _rule(rule: RuleConfig) -> Json:
    return {
        "name": rule.name,
        "metric": rule.metric,
        "words": METRICS[rule.metric].words,
        "unit": rule.unit,
        "window_seconds": int(rule.window.total_seconds()),
        "group_by": list(rule.group_by),
        "filter": rule.filter.labels(),
        "comparison": "above" if rule.is_above else "below",
        "limit": str(rule.limit),
        "limit_in_words": in_words(rule.limit, rule.unit),
        "for_seconds": int(rule.hold.total_seconds()),
        "keep_firing_for_seconds": int(rule.keep_firing_for.total_seconds()),
        "fewest_calls": rule.fewest_calls,
        "no_data": rule.no_data,
        "severity": rule.severity,
    }


def _groups(rule: RuleConfig, said: Verdicts, states: Mapping[str, tuple[str, int]]) -> Json:
    known = [index for index, is_known in enumerate(said.known.tolist()) if is_known]
    sign = -1 if rule.is_above else 1
    known.sort(key=lambda index: (not said.breached[index], sign * int(said.values[index])))
    return {
        "group_count": len(known),
        "groups": [_group(rule, said, index, states) for index in known[:MOST_GROUPS]],
    }


def _group(
    rule: RuleConfig, said: Verdicts, index: int, states: Mapping[str, tuple[str, int]]
) -> Json:
    about, window = identity(rule, said.groups[index]), said.window_of(index)
    state, since = states.get(about.fingerprint, (State.INACTIVE.value, None))
    return {
        "labels": _labels(rule, said.groups[index]),
        **_value(rule, None if said.silent[index] else int(said.values[index])),
        "calls": int(said.calls[index]),
        "window_start": iso(window.start_unix_nano),
        "window_end": iso(window.end_unix_nano),
        "breached": bool(said.breached[index]),
        "fingerprint": about.fingerprint,
        "state": state,
        "since": iso(since),
    }


def _labels(rule: RuleConfig, group: Group) -> dict[str, str | None]:
    return dict(zip(rule.group_by, group, strict=True))


def _value(rule: RuleConfig, value: int | None) -> Json:
    if value is None:
        return {"value": None, "value_in_words": None}
    return {"value": str(value), "value_in_words": in_words(value, rule.unit)}


def _series(rule: RuleConfig, one: Series) -> Json:
    return {
        "labels": _labels(rule, one.group),
        "values": [None if value is None else str(value) for value in one.values],
        "fired": [
            {
                "at": iso(fired.at * 10**9),
                "until": None if fired.until is None else iso(fired.until * 10**9),
                **_value(rule, fired.value),
            }
            for fired in one.fired
        ],
    }


def _rank(rule: RuleConfig, one: Series) -> tuple[bool, int]:
    values: Sequence[int] = [value for value in one.values if value is not None]
    if rule.is_above:
        return not one.fired, -max(values, default=0)
    return not one.fired, min(values, default=2**62)
