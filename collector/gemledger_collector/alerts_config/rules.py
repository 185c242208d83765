"""Rules: a metric of a trailing window beside a limit."""

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from string import Formatter
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from gemledger_collector.alerts_config.matching import Dimension, Filter
from gemledger_collector.alerts_config.metrics import METRICS, Metric, Unit, parse_limit
from gemledger_collector.config_values import (
    PICO_USD,
    Duration,
    Listed,
    Name,
    Severity,
    Strict,
    Usd,
    Zone,
)

GRAIN = timedelta(minutes=1)
SLOT = timedelta(minutes=15)
"""The ledger's grain: a window of more than an hour is made of these."""
FINE = timedelta(hours=1)
"""The longest window that is looked at minute by minute."""
LONGEST_WINDOW = timedelta(days=31)
SHORTEST_HISTORY, LONGEST_HISTORY = timedelta(days=7), timedelta(days=56)
LABEL = r"^[A-Za-z_][A-Za-z0-9_]{0,62}$"
OWN_LABELS = {"alertname", "rule", "kind", "severity", "threshold_percent"}

Written = str | int | float
ErrorKind = Literal["rate_limited", "client", "server", "other"]
NoData = Literal["show", "alert", "keep", "ok"]
"""What a group without any call means: a state of its own, an alert, what it was before, or that all is well."""
Labels = dict[Annotated[str, Field(pattern=LABEL)], str]


class Watched(Strict):
    """What rules, budgets and spikes have in common."""

    name: Name
    filter: Filter = Filter()
    severity: Severity = "critical"
    labels: Labels = Field(default_factory=dict)
    annotations: Labels = Field(default_factory=dict)
    runbook_url: Annotated[str, Field(pattern=r"^https?://\S+$")] | None = None

    @property
    def told(self) -> dict[str, str]:
        """The annotations, the runbook among them."""
        runbook = {} if self.runbook_url is None else {"runbook_url": self.runbook_url}
        return {**self.annotations, **runbook}

    @model_validator(mode="after")
    def _labels_are_its_own(self) -> Self:
        taken = sorted(set(self.labels) & (OWN_LABELS | set(Filter.model_fields)))
        if taken:
            raise ValueError(
                f"labels has {taken[0]!r}, which gemledger sets itself; name it otherwise"
            )
        return self


KNOWN_OF: Mapping[str, tuple[Dimension, ...]] = {
    "rate_limit_headroom": ("model",),
    "judged_bad_share": ("model", "team", "feature", "environment", "prompt_version"),
}
"""Of metrics that no call tells: what they can be grouped and filtered by."""


class RuleConfig(Watched):
    """A metric of a trailing window above or below a limit, for each group that ``group_by`` makes.

    ``limit`` is in the metric's own integers: picoUSD, billionths, microseconds or a count.
    """

    metric: Metric = "cost"
    window: Duration = timedelta(hours=1)
    group_by: Listed[Dimension] = ()
    above: Written | None = None
    below: Written | None = None
    above_usd: Usd | None = None
    hold: Annotated[Duration, Field(alias="for")] = timedelta(0)
    keep_firing_for: Duration = timedelta(0)
    errors: Listed[ErrorKind] = ()
    evaluation: Name | None = None
    min_calls: Annotated[int, Field(ge=0)] | None = None
    no_data: NoData = "show"

    @property
    def unit(self) -> Unit:
        """What the metric is counted in."""
        return METRICS[self.metric].unit

    @property
    def is_above(self) -> bool:
        """Whether too much is what it warns of."""
        return self.below is None

    @property
    def limit(self) -> int:
        """The limit in the unit's integers."""
        given = (self.above_usd, self.above, self.below)
        return parse_limit(next(each for each in given if each is not None), self.unit)

    @property
    def limit_pico_usd(self) -> int:
        """The limit of a rule about money."""
        return self.limit

    @property
    def fewest_calls(self) -> int:
        """A share or a percentile of fewer calls than this says nothing."""
        default = METRICS[self.metric].fewest_calls
        return default if self.min_calls is None else self.min_calls

    @model_validator(mode="after")
    def _one_limit(self) -> Self:
        given = [key for key in ("above", "below", "above_usd") if getattr(self, key) is not None]
        if len(given) != 1:
            raise ValueError(
                f"{self.name} has {' and '.join(given) or 'no limit'}; give one of above and below"
            )
        if self.above_usd is not None and self.unit != "pico_usd":
            raise ValueError(f"above_usd is for money, {self.metric} is none; write above instead")
        _ = self.limit
        return self

    @model_validator(mode="after")
    def _window_fits_the_grain(self) -> Self:
        if METRICS[self.metric].has_window and (self.window < GRAIN or self.window % GRAIN):
            raise ValueError(
                f"window {self.window} is no multiple of a minute, the finest there is; give 5m, 30m, 1h, …"
            )
        if self.window > FINE and self.window % SLOT:
            raise ValueError(
                f"window {self.window} is longer than 1h and no multiple of the ledger's 15 minutes; give 75m, 2h, 1d"
            )
        if self.window > LONGEST_WINDOW:
            raise ValueError(
                f"window {self.window} is longer than 31d; use a budget for longer periods"
            )
        return self

    @model_validator(mode="after")
    def _keys_belong_to_the_metric(self) -> Self:
        if self.errors and self.metric != "error_share":
            raise ValueError(f"errors is for error_share, not for {self.metric}; leave it out")
        if self.evaluation and self.metric != "judged_bad_share":
            raise ValueError(
                f"evaluation is for judged_bad_share, not for {self.metric}; leave it out"
            )
        about = {*self.group_by, *self.filter.labels()}
        unknown = sorted(about - set(KNOWN_OF.get(self.metric, about)))
        if unknown:
            known = ", ".join(KNOWN_OF[self.metric])
            raise ValueError(f"{self.metric} is not known by {unknown[0]}, only by {known}")
        if len(set(self.group_by)) != len(self.group_by):
            raise ValueError(f"group_by repeats {self.group_by}; give each once")
        return self

    @model_validator(mode="after")
    def _annotations_can_be_filled(self) -> Self:
        known = {"value", "limit", *OWN_LABELS, *self.group_by, *self.filter.labels(), *self.labels}
        known.discard("threshold_percent")
        for name, written in self.annotations.items():
            for placeholder in _placeholders(name, written):
                if placeholder not in known:
                    raise ValueError(
                        f"annotations.{name} has {{{placeholder}}}, which this rule does not know; "
                        f"there are {', '.join(sorted(known))}"
                    )
        return self


def _placeholders(name: str, written: str) -> list[str]:
    try:
        parts = list(Formatter().parse(written))
    except ValueError as error:
        raise ValueError(f"annotations.{name}: {error}; write {{{{ for a brace") from None
    odd = [
        field for _, field, spec, conversion in parts if field is not None and (spec or conversion)
    ]
    if odd:
        raise ValueError(f"annotations.{name} has {{{odd[0]}}} with a format; write the name alone")
    return [field for _, field, _, _ in parts if field is not None]


class SpikeConfig(Watched):
    """Spend far above its own usual, for each group: a robust seasonal baseline, from the first day.

    It fires when the trailing hour exceeds the usual by ``floor_usd`` and the last day's highest hour ``peak_ratio``
    times, and the last 20 minutes still run at 2.25 floors an hour, ``ratio`` times and ``z`` deviations above it, at
    ``evaluations`` minutes in a row. In its first day, or with ``learn_each_group`` in each group's, it only learns.
    """

    group_by: Listed[Dimension] = ()
    floor_usd: Usd = Decimal(20)
    z: Annotated[float, Field(gt=0, strict=False)] = 4.0
    ratio: Annotated[float, Field(gt=1, strict=False)] = 2.0
    peak_ratio: Annotated[float, Field(ge=1, strict=False)] = 1.1
    evaluations: Annotated[int, Field(ge=1, le=60)] = 2
    history: Duration = timedelta(days=28)
    learn_each_group: bool = False
    timezone: Zone = "UTC"
    keep_firing_for: Duration = timedelta(minutes=15)
    severity: Severity = "warning"

    @model_validator(mode="after")
    def _history_can_be_learned_from(self) -> Self:
        if not SHORTEST_HISTORY <= self.history <= LONGEST_HISTORY or self.history % FINE:
            raise ValueError(
                f"history {self.history} is not between 7d and 56d in whole hours; give 28d, of which every hour"
                " of the week is known four times"
            )
        if len(set(self.group_by)) != len(self.group_by):
            raise ValueError(f"group_by repeats {self.group_by}; give each once")
        return self

    @property
    def floor_pico_usd(self) -> int:
        """The least excess an hour that is worth a message."""
        return int(self.floor_usd * PICO_USD)
