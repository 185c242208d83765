"""Channels, silences and previews of rules, typed; and the collector's JSON made into that."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from gemledger_dashboard.spend.sums import Json


@dataclass(frozen=True, slots=True)
class Channel:
    """Where messages go, and whether they arrive: ``ok``, ``unused``, ``waiting``, ``failing`` or ``gave_up``."""

    name: str
    kind: str
    state: str
    waiting: int
    given_up: int
    last_success_at: datetime | None
    last_error_at: datetime | None
    last_error: str

    @property
    def down(self) -> bool:
        """Whether somebody is not told what they should be."""
        return self.state in {"failing", "gave_up"}


@dataclass(frozen=True, slots=True)
class Silence:
    """Alerts that nobody is told of for a while."""

    silence_id: str
    kind: str
    """``silence``, or ``acknowledgement`` of one alert."""
    matchers: tuple[str, ...]
    state: str
    starts_at: datetime
    ends_at: datetime | None
    """None: when its alert does."""
    created_by: str
    comment: str


@dataclass(frozen=True, slots=True)
class Fired:
    """When a rule would have fired; `until` None: it still would."""

    at: datetime
    until: datetime | None
    value: int


@dataclass(frozen=True, slots=True)
class Previewed:
    """One group of a previewed rule: its value at the end of each window."""

    labels: Mapping[str, str]
    values: tuple[int | None, ...]
    fired: tuple[Fired, ...]


@dataclass(frozen=True, slots=True)
class Preview:
    """What a rule would have seen, in integers of its unit."""

    name: str
    words: str
    unit: str
    limit: int
    limit_in_words: str
    comparison: str
    ends: tuple[datetime, ...]
    group_count: int
    fired_count: int
    groups: tuple[Previewed, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule and the group nearest to its limit, or beyond it; values in words, None: nothing is measured."""

    name: str
    words: str
    comparison: str
    window_seconds: int
    limit_in_words: str
    filter: Mapping[str, str]
    group: Mapping[str, str]
    value_in_words: str | None
    state: str
    severity: str
    group_count: int
    configured: str | None


def rules(body: Json) -> tuple[Rule, ...]:
    """`/api/v1/alerts/rules`."""
    return tuple(_rule(row) for row in body["rules"])


def _rule(row: Json) -> Rule:
    groups = row["groups"]
    nearest = groups[0] if groups else {"labels": {}, "value_in_words": None, "state": "inactive"}
    return Rule(
        name=str(row["name"]),
        words=str(row["words"]),
        comparison=str(row["comparison"]),
        window_seconds=int(row["window_seconds"]),
        limit_in_words=str(row["limit_in_words"]),
        filter={name: str(value) for name, value in row["filter"].items()},
        group={name: value or "" for name, value in nearest["labels"].items()},
        value_in_words=nearest["value_in_words"],
        state=str(nearest["state"]),
        severity=str(row["severity"]),
        group_count=int(row["group_count"]),
        configured=row.get("configured"),
    )


def channels(body: Json) -> tuple[Channel, ...]:
    """`/api/v1/alerts/channels`."""
    return tuple(
        Channel(
            name=str(row["name"]),
            kind=str(row["type"]),
            state=str(row["state"]),
            waiting=int(row["waiting"]),
            given_up=int(row["given_up"]),
            last_success_at=_moment(row["last_success_at"]),
            last_error_at=_moment(row["last_error_at"]),
            last_error=row["last_error"] or "",
        )
        for row in body["channels"]
    )


def silences(body: Json) -> tuple[Silence, ...]:
    """`/api/v1/alerts/silences`."""
    return tuple(
        Silence(
            silence_id=str(row["id"]),
            kind=str(row.get("kind", "silence")),
            matchers=tuple(row["matchers"]),
            state=str(row["state"]),
            starts_at=datetime.fromisoformat(row["starts_at"]),
            ends_at=_moment(row["ends_at"]),
            created_by=str(row["created_by"]),
            comment=str(row["comment"]),
        )
        for row in body["silences"]
    )


def preview(body: Json) -> Preview:
    """`/api/v1/alerts/preview`."""
    return Preview(
        name=str(body["name"]),
        words=str(body["words"]),
        unit=str(body["unit"]),
        limit=int(body["limit"]),
        limit_in_words=str(body["limit_in_words"]),
        comparison=str(body["comparison"]),
        ends=tuple(datetime.fromisoformat(end) for end in body["ends"]),
        group_count=int(body["group_count"]),
        fired_count=int(body["fired_count"]),
        groups=tuple(_group(row) for row in body["groups"]),
    )


def _group(row: Json) -> Previewed:
    return Previewed(
        labels={name: value or "" for name, value in row["labels"].items()},
        values=tuple(None if value is None else int(value) for value in row["values"]),
        fired=tuple(
            Fired(datetime.fromisoformat(one["at"]), _moment(one["until"]), int(one["value"]))
            for one in row["fired"]
        ),
    )


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
