"""Which traffic a rule looks at, and which alerts a route, silence or inhibition is about."""

import re
from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, model_validator

from gemledger_collector.config_values import Strict

Dimension = Literal[
    "team",
    "cost_center",
    "feature",
    "model",
    "environment",
    "prompt_version",
    "service",
    "platform",
    "service_tier",
    "purpose",
]
"""What spend can be grouped and filtered by: keys of the rollups."""

_MATCHER = re.compile(
    r"\s*(?P<label>[A-Za-z_][A-Za-z0-9_]*)\s*(?P<operator>=~|!~|!=|=)\s*(?P<value>.*?)\s*",
    re.DOTALL,  # a label is foreign text, and may have lines
)


class Filter(Strict):
    """Which spend counts: every given attribute must match; nothing given means all of it."""

    team: str | None = None
    cost_center: str | None = None
    feature: str | None = None
    model: str | None = None
    environment: str | None = None
    prompt_version: str | None = None
    service: str | None = None
    platform: str | None = None
    service_tier: str | None = None
    purpose: str | None = None

    def labels(self) -> dict[str, str]:
        """The attributes that were given."""
        return {name: value for name, value in self if value is not None}


class Matcher(Strict):
    """One condition on a label, as Alertmanager writes it: ``team="growth"``, ``severity=~"warning|critical"``.

    A label that is missing is an empty one. A regular expression must match the whole value.
    """

    label: str
    operator: Literal["=", "!=", "=~", "!~"]
    value: str

    @model_validator(mode="after")
    def _compiles(self) -> Self:
        if self.operator in {"=~", "!~"}:
            try:
                re.compile(self.value)
            except re.error as error:
                raise ValueError(f"{self.value!r} is no regular expression: {error}") from None
        return self

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Whether an alert with these labels is meant."""
        value = labels.get(self.label, "")
        if self.operator in {"=", "!="}:
            return (value == self.value) is (self.operator == "=")
        return (re.fullmatch(self.value, value) is not None) is (self.operator == "=~")

    def __str__(self) -> str:
        """As it is written."""
        escaped = self.value.replace("\\", "\\\\").replace('"', '\\"')
        return f'{self.label}{self.operator}"{escaped}"'


def parse_matcher(written: object) -> object:
    """``team="growth"`` as a Matcher; ValueError says how one is written. Mappings are left to pydantic."""
    if not isinstance(written, str):
        return written
    found = _MATCHER.fullmatch(written)
    if found is None:
        raise ValueError(f'{written!r} is no matcher; write label="value", !=, =~ or !~')
    value = found["value"]
    if len(value) >= 2 and value[0] == value[-1] == '"':
        value = re.sub(r"\\(.)", r"\1", value[1:-1])
    return Matcher(label=found["label"], operator=found["operator"], value=value)  # type: ignore[arg-type]  # the pattern allows these four


Matching = Annotated[Matcher, BeforeValidator(parse_matcher)]


def all_match(matchers: tuple[Matcher, ...], labels: Mapping[str, str]) -> bool:
    """Whether every matcher is met; no matcher at all is met by everything."""
    return all(matcher.matches(labels) for matcher in matchers)
