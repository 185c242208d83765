"""``processors.attribute`` of the configuration file: dated rules for who pays, where the app does not say."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time
from typing import Annotated, Self
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, ConfigDict, Field, field_validator, model_validator

from gemledger_collector.config_values import Item, Listed, Name, Strict, Zone
from gemledger_collector.rate_limits_config import KeyDigest

EARLIEST_UNIX_NANO, LATEST_UNIX_NANO = 0, 2**63 - 1
"""The range of a rule without dates: every start a span can have."""

Text = Annotated[str, Field(min_length=1, max_length=256)]


def _several(written: object) -> object:
    """One value as a list of one."""
    return written if isinstance(written, list | tuple) else [written]


OneOf = Annotated[Listed[Item], BeforeValidator(_several), Field(min_length=1)]
"""A value, or several of which one must match."""


def _moment(written: object) -> datetime:
    """A date (its first moment) or a date with a time, as YAML or JSON has them."""
    if isinstance(written, str):
        try:
            written = datetime.fromisoformat(written)
        except ValueError:
            written = None
    if isinstance(written, datetime):
        return written
    if isinstance(written, date):
        return datetime.combine(written, time())
    raise ValueError("give a date such as 2026-11-01, or a time such as 2026-11-01T12:00:00")


Moment = Annotated[datetime, BeforeValidator(_moment)]


class Match(Strict):
    """Which calls a rule is about: everything that is given must match, and something must be given."""

    service: OneOf[Text] = ()
    feature: OneOf[Text] = ()
    environment: OneOf[Text] = ()
    project: OneOf[Text] = ()
    key_digest: OneOf[KeyDigest] = ()
    team: OneOf[Text] = ()
    user_id_prefix: Text | None = None
    labels: Mapping[Text, OneOf[Text]] = {}

    @model_validator(mode="after")
    def _matches_something(self) -> Self:
        if not self.model_fields_set or not any(value for _, value in self):
            raise ValueError(
                f"match is empty, so the rule would be about every call; give {', '.join(_MATCHERS)}"
            )
        return self


_MATCHERS = tuple(Match.model_fields)


class Payer(Strict):
    """What a rule says: ``team`` where nobody said one, ``cost_center``."""

    team: Text | None = None
    cost_center: Text | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.team is None and self.cost_center is None:
            raise ValueError("set is empty; give team, cost_center or both")
        return self


class AttributionRule(Strict):
    """One dated rule. ``from`` and ``until`` (exclusive) are about the call's start; either may be missing."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, populate_by_name=True)

    name: Name
    match: Match
    payer: Payer = Field(alias="set")
    since: Moment | None = Field(default=None, alias="from")
    until: Moment | None = None

    @model_validator(mode="after")
    def _can_apply(self) -> Self:
        if self.match.team and self.payer.team is not None:
            raise ValueError(
                f"rule {self.name} matches a team and sets one; a rule fills a team only where none is given: "
                "set cost_center alone, or match something else"
            )
        return self

    def range(self, zone: str) -> tuple[int, int]:
        """Starts the rule is about, in unix nanoseconds: from the first up to, not including, the second."""
        since = EARLIEST_UNIX_NANO if self.since is None else _unix_nano(self.since, zone)
        until = LATEST_UNIX_NANO if self.until is None else _unix_nano(self.until, zone)
        return since, until


def _unix_nano(moment: datetime, zone: str) -> int:
    aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=ZoneInfo(zone))
    elapsed = aware - datetime.fromtimestamp(0, UTC)
    return (elapsed.days * 86_400 + elapsed.seconds) * 10**9 + elapsed.microseconds * 1000


class AttributeProcessor(Strict):
    """Rules that map service, feature, label or key digest to team and cost center.

    Per target the first rule that matches wins. Dates without an offset are of ``timezone``.
    """

    timezone: Zone = "UTC"
    rules: Listed[AttributionRule] = ()

    @field_validator("rules")
    @classmethod
    def _named_once(cls, rules: tuple[AttributionRule, ...]) -> tuple[AttributionRule, ...]:
        if twice := _first_double(rule.name for rule in rules):
            raise ValueError(f"two rules are named {twice}; a call shows the name of its rule")
        return rules

    @model_validator(mode="after")
    def _possible_dates(self) -> Self:
        for rule in self.rules:
            since, until = rule.range(self.timezone)
            if until <= since:
                raise ValueError(
                    f"rule {rule.name} ends ({rule.until}) before it begins ({rule.since}); "
                    "until is the first moment it does not apply any more"
                )
        return self


def _first_double(names: Iterable[str]) -> str | None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            return name
        seen.add(name)
    return None
