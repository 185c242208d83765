"""Channels, silences and previews as tables for the screen."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from zoneinfo import ZoneInfo

import pandas as pd

from gemledger_dashboard.alerts.alert_answers import Channel, Preview, Rule, Silence
from gemledger_dashboard.drawing import formats


def channels(found: Sequence[Channel], zone: ZoneInfo) -> pd.DataFrame:
    """One line per channel: does it deliver, since when, and if not why."""
    return pd.DataFrame(
        [
            {
                "Channel": channel.name,
                "Kind": channel.kind,
                "State": channel.state.replace("_", " "),
                "Waiting": channel.waiting,
                "Given up": channel.given_up,
                "Last arrived": formats.instant(channel.last_success_at, zone),
                "Last error": channel.last_error,
            }
            for channel in found
        ]
    )


def silences(found: Sequence[Silence], zone: ZoneInfo) -> pd.DataFrame:
    """One line per silence: what is quiet, until when, by whom and why."""
    return pd.DataFrame(
        [
            {
                "Kind": silence.kind,
                "Quiet about": ", ".join(silence.matchers),
                "State": silence.state,
                "From": formats.instant(silence.starts_at, zone),
                "Until": until(silence, zone),
                "By": silence.created_by,
                "Comment": silence.comment,
                "Id": silence.silence_id,
            }
            for silence in found
        ]
    )


def until(silence: Silence, zone: ZoneInfo) -> str:
    """When it ends."""
    return "its alert ends" if silence.ends_at is None else formats.instant(silence.ends_at, zone)


def rules(found: Sequence[Rule]) -> pd.DataFrame:
    """One line per rule: what it sees now in the group that is nearest to its limit."""
    return pd.DataFrame(
        [
            {
                "Rule": rule.name,
                "State": rule.state.replace("_", " "),
                "Sees now": rule.value_in_words or "nothing measured",
                "Limit": f"{rule.words} {rule.comparison} {rule.limit_in_words}",
                "In the last": formats.duration(timedelta(seconds=rule.window_seconds)),
                "Nearest": name_of({**rule.filter, **rule.group}),
                "Groups": rule.group_count,
                "Severity": rule.severity,
            }
            for rule in found
        ]
    )


def preview_lines(preview: Preview) -> pd.DataFrame:
    """Moment, group and value as a chart draws them."""
    lines = [
        {"Time": end, "Group": name_of(group.labels), "Value": drawn(value, preview.unit)}
        for group in preview.groups
        for end, value in zip(preview.ends, group.values, strict=True)
        if value is not None
    ]
    return pd.DataFrame(lines, columns=["Time", "Group", "Value"])


def preview_fired(preview: Preview, zone: ZoneInfo) -> pd.DataFrame:
    """One line each time it would have fired."""
    return pd.DataFrame(
        [
            {
                "Group": name_of(group.labels),
                "From": formats.instant(fired.at, zone),
                "Until": "goes on" if fired.until is None else formats.instant(fired.until, zone),
                "Worst": formats.quantity(fired.value, preview.unit),
            }
            for group in preview.groups
            for fired in group.fired
        ]
    )


def name_of(labels: Mapping[str, str]) -> str:
    """A group by its values."""
    return ", ".join(value or formats.MISSING for value in labels.values()) or "everything"


def drawn(value: int, unit: str) -> float:
    """The nearest float in dollars, percent, seconds or calls: to be drawn, never to be added."""
    scale = {"pico_usd": 10**12, "billionths": 10**7, "microseconds": 10**6}
    return value / scale.get(unit, 1)
