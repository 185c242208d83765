"""What a story is made of: traffic, what happens, and what is expected; strictly parsed."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from itertools import zip_longest
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from gemledger_collector.alerts.stories.series import Values, parse_series
from gemledger_collector.alerts.stories.times import Offset, parse_moment
from gemledger_collector.alerts_config import AlertsConfig
from gemledger_collector.alerts_config.matching import Dimension, Matching
from gemledger_collector.alerts_config.quality import JudgedBy
from gemledger_collector.config_values import Duration, Listed, Name, Strict, Zone

ReasonName = Literal["first", "new_alerts", "all_resolved", "some_resolved", "repeat"]
Series = Annotated[Values, BeforeValidator(parse_series), Field(strict=False)]
Moment = Annotated[datetime, BeforeValidator(parse_moment)]


def _texts(written: object) -> object:
    """YAML reads 100 as a number; a label is a text."""
    if not isinstance(written, Mapping):
        return written
    return {key: str(value) if isinstance(value, int) else value for key, value in written.items()}


Labels = Annotated[dict[str, str], BeforeValidator(_texts)]


class Traffic(Strict):
    """Calls of one kind, one value an interval: ``calls`` of them (1 where that is not given) share the rest.

    They begin at the interval's first moment. Where every series has a gap, or has ended, nobody calls.
    """

    labels: dict[Dimension, str] = Field(default_factory=dict)
    start: Annotated[Offset, Field(alias="from")] = "0s"
    interval: Duration = timedelta(minutes=1)
    calls: Series = ()
    cost_usd: Series = ()
    input_tokens: Series = ()
    cached_tokens: Series = ()
    output_tokens: Series = ()
    thoughts_tokens: Series = ()
    errors: Series = ()
    error: str = "500"
    unpriced: Series = ()
    latency_ms: Series = ()
    first_chunk_ms: Series = ()

    @model_validator(mode="after")
    def _has_values(self) -> Self:
        if self.length == 0:
            raise ValueError("no series is given; give cost_usd or calls, such as '0.5x10'")
        if self.interval < timedelta(seconds=1):
            raise ValueError(f"interval {self.interval} is too short; give 1s or more")
        return self

    @property
    def series(self) -> dict[str, Values]:
        """Every series by name."""
        return {name: value for name, value in self if isinstance(value, tuple)}

    @property
    def length(self) -> int:
        """How many intervals it lasts."""
        return max(len(values) for values in self.series.values())


class JudgedAnswers(Strict):
    """Answers that the judge has judged, so many an interval, ``bad`` of them bad; judged as soon as they are given."""

    labels: dict[JudgedBy, str] = Field(default_factory=dict)
    dimension: Name = "accuracy"
    rule: Name = "story"
    start: Annotated[Offset, Field(alias="from")] = "0s"
    interval: Duration = timedelta(minutes=1)
    answers: Annotated[Series, Field(min_length=1)]
    bad: Series = ()

    @model_validator(mode="after")
    def _bad_ones_are_among_them(self) -> Self:
        pairs = zip_longest(self.answers, self.bad, fillvalue=None)
        if any((bad or 0) > (answers or 0) for answers, bad in pairs):
            raise ValueError("more answers are bad than there are; raise answers")
        if self.interval < timedelta(seconds=1):
            raise ValueError(f"interval {self.interval} is too short; give 1s or more")
        return self


class SilenceMade(Strict):
    """A silence that somebody makes; ``name`` is for ending it."""

    matchers: Annotated[Listed[Matching], Field(min_length=1)]
    duration: Annotated[Duration, Field(alias="for")]
    name: str = "silence"


class Event(Strict):
    """Something that happens: one of these."""

    at: Offset
    restart: Literal[True] | None = None
    silence: SilenceMade | None = None
    expire: str | None = None
    acknowledge: str | None = None
    """Names a rule or budget: what of it fires has been seen by somebody."""
    config: dict[str, Any] | None = None
    late: Traffic | None = None

    @model_validator(mode="after")
    def _one_thing(self) -> Self:
        given = [key for key, value in self if key != "at" and value is not None]
        if len(given) != 1:
            raise ValueError(
                f"{' and '.join(given) or 'nothing'} happens here; give one of restart, silence, expire, "
                "acknowledge, config, late"
            )
        return self


class ExpectedAlert(Strict):
    """An alert with at least these labels. ``value`` is written as a limit of its metric is."""

    rule: str
    state: Literal["pending", "firing", "no_data", "resolved"] = "firing"
    labels: Labels = Field(default_factory=dict)
    value: str | int | float | None = None
    reason: str | None = None


class ExpectedMessage(Strict):
    """A message; ``alerts`` names the rules it is about, each as often as it has alerts, in any order."""

    channel: str = "log"
    status: Literal["firing", "resolved"] = "firing"
    reason: ReasonName | None = None
    alerts: Listed[str] | None = None


class Expectation(Strict):
    """What holds at a time, after the look of that moment.

    ``alerts`` are all that are open (resolved ones only where they are named), ``notifications`` all that were sent
    since the last expectation about them.
    """

    at: Offset
    alerts: Listed[ExpectedAlert] | None = None
    notifications: Listed[ExpectedMessage] | None = None

    @model_validator(mode="after")
    def _expects_something(self) -> Self:
        if self.alerts is None and self.notifications is None:
            raise ValueError("nothing is expected here; give alerts or notifications, [] for none")
        return self


class Story(Strict):
    """A whole file."""

    story: str
    start: Moment = datetime(2026, 11, 10, 8, tzinfo=UTC)
    timezone: Zone = "UTC"
    look_every: Duration | None = None
    config: Annotated[Path | None, Field(strict=False)] = None
    environ: dict[str, str] = Field(default_factory=dict)
    alerts: dict[str, Any] | None = None
    traffic: Listed[Traffic] = ()
    judged: Listed[JudgedAnswers] = ()
    events: Listed[Event] = ()
    expect: Annotated[Listed[Expectation], Field(min_length=1)]

    @model_validator(mode="after")
    def _one_configuration(self) -> Self:
        if (self.alerts is None) is (self.config is None):
            raise ValueError(
                "give either alerts, inline, or config, the path of a configuration file"
            )
        return self


class Alerts(Strict):
    """So that what is wrong in an inline section is said with its path in the story."""

    alerts: AlertsConfig
