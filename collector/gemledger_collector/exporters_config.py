"""``exporters`` of the configuration file: the database, and how long rows live in it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time, timedelta
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, PlainSerializer, model_validator

from gemledger_collector.config_values import Duration, Strict, Zone
from gemledger_collector.sizes import Bytes


@dataclass(frozen=True, slots=True)
class DailyWindow:
    """From one time of day to another; where the second is the earlier one, it is that of the next day."""

    begin: time
    end: time


def parse_window(written: object) -> DailyWindow:
    """``03:00-05:00``. Raises ValueError, which says what would be accepted."""
    if isinstance(written, DailyWindow):
        return written
    begin, _, end = written.partition("-") if isinstance(written, str) else ("", "", "")
    try:
        found = DailyWindow(*(time.fromisoformat(each.strip()) for each in (begin, end)))
    except ValueError:
        raise ValueError(
            f"{written!r} is no window; write two times of day, such as 03:00-05:00"
        ) from None
    if found.begin == found.end:
        raise ValueError(f"{written!r} is empty; give it at least an hour, such as 03:00-05:00")
    return found


Window = Annotated[
    DailyWindow,
    BeforeValidator(parse_window),
    PlainSerializer(lambda window: f"{window.begin:%H:%M}-{window.end:%H:%M}"),
]
AnHour = Annotated[Duration, Field(ge=timedelta(hours=1))]
TwoMonths = Annotated[Duration, Field(ge=timedelta(days=62))]
"""A budget of a month must know for as long what it told."""


class Retention(Strict):
    """How long rows live, by their start; null keeps them for ever. The ledger outlives all of them."""

    spans: AnHour | None = timedelta(days=90)
    contents: AnHour | None = timedelta(days=14)
    evaluations: AnHour | None = timedelta(days=400)
    alerts: TwoMonths | None = timedelta(days=400)
    audit: AnHour | None = timedelta(days=400)
    max_size: Annotated[Bytes, Field(ge=10 * 10**6)] | None = None

    @property
    def ages(
        self,
    ) -> Mapping[
        Literal[
            "contents",
            "spans",
            "evaluations",
            "external_evaluations",
            "feedback",
            "human_labels",
            "canary_verdicts",
            "alerts",
            "notifications",
            "audit",
        ],
        timedelta | None,
    ]:
        """Table → how long its rows live."""
        return {
            "contents": self.contents,
            "spans": self.spans,
            "evaluations": self.evaluations,
            "external_evaluations": self.evaluations,
            "feedback": self.evaluations,
            "human_labels": self.evaluations,  # of no use without the verdict they are compared with
            "canary_verdicts": self.evaluations,
            "alerts": self.alerts,
            "notifications": self.alerts,
            "audit": self.audit,
        }

    @model_validator(mode="after")
    def _judged_once(self) -> Self:
        kept = self.evaluations
        if kept is not None and (self.contents is None or kept < self.contents):
            raise ValueError(
                "evaluations would be deleted before the contents they are about, which would be judged again; "
                "keep evaluations at least as long as contents"
            )
        return self


class Compaction(Strict):
    """When the file may be written anew without anybody asking for it."""

    window: Window | None = None
    timezone: Zone = "UTC"


class DuckdbExporter(Strict):
    """The database file, and how much memory DuckDB may take."""

    path: Annotated[str, Field(min_length=1)] = "gemledger.duckdb"
    memory_limit: Annotated[Bytes, Field(ge=64 * 10**6)] = 300 * 10**6
    minimum_free: Bytes = 256 * 10**6
    retention: Retention = Retention()
    compact: Compaction = Compaction()
    upkeep_interval: Annotated[Duration, Field(ge=timedelta(seconds=1))] = timedelta(minutes=15)


class Exporters(Strict):
    """``exporters``."""

    duckdb: DuckdbExporter = DuckdbExporter()
