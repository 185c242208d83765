"""What is said of one group of a rule: its identity, and the condition it is in; pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from gemledger_collector.alerts.alert import Condition, Identity, Window
from gemledger_collector.alerts.measures.frames import Group
from gemledger_collector.alerts.quantities import duration, in_words, iso
from gemledger_collector.alerts_config import METRICS, RuleConfig
from gemledger_collector.config_values import nanoseconds


@dataclass(frozen=True, slots=True)
class Seen:
    """One group: the window that speaks for it, what was measured (None: nothing), and whether that is a breach."""

    group: Group
    window: Window
    value: int | None
    breached: bool
    breached_since: int | None = None


def identity(rule: RuleConfig, group: Group = ()) -> Identity:
    """The alert a rule raises for a group; a value that is an empty text means that there is none."""
    labels = rule.filter.labels()
    for name, value in zip(rule.group_by, group, strict=True):
        labels[name] = value or ""
    return Identity(rule.name, "rule", rule.severity, labels, None, rule.labels)


def condition(rule: RuleConfig, seen: Seen) -> Condition:
    """What the engine is told."""
    about = identity(rule, seen.group)
    return Condition(
        identity=about,
        window=seen.window,
        value=seen.value,
        limit=rule.limit,
        breached=seen.breached,
        unit=rule.unit,
        metric=rule.metric,
        hold_ns=nanoseconds(rule.hold),
        keep_firing_ns=nanoseconds(rule.keep_firing_for),
        no_data=rule.no_data,
        breached_since=seen.breached_since,
        annotations=annotations(rule, seen, about),
    )


def annotations(rule: RuleConfig, seen: Seen, about: Identity) -> Mapping[str, str]:
    """The rule's own, filled in; what is measured in words; where to read what to do."""
    value = "nothing" if seen.value is None else in_words(seen.value, rule.unit)
    limit = in_words(rule.limit, rule.unit)
    words = {**about.labels, "value": value, "limit": limit}
    told = {name: written.format_map(words) for name, written in rule.annotations.items()}
    told.setdefault("description", _description(rule, seen, value))
    if rule.runbook_url is not None:
        told["runbook_url"] = rule.runbook_url
    return told


def _description(rule: RuleConfig, seen: Seen, value: str) -> str:
    side = "above" if rule.is_above else "below"
    limit, kind = in_words(rule.limit, rule.unit), METRICS[rule.metric]
    until = iso(seen.window.end_unix_nano)
    within = f" within {duration(seen.window.seconds)} until {until}" if kind.has_window else ""
    return f"{kind.words}: {value}{within}; it warns {side} {limit}"
