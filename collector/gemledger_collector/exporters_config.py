"""``exporters`` of the configuration file: the database, and how long rows live in it."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from gemledger_collector.alerts_config import Duration, Strict
from gemledger_collector.sizes import Bytes

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
        Literal["contents", "spans", "evaluations", "alerts", "notifications", "audit"],
        timedelta | None,
    ]:
        """Table → how long its rows live."""
        return {
            "contents": self.contents,
            "spans": self.spans,
            "evaluations": self.evaluations,
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


class DuckdbExporter(Strict):
    """The database file, and how much memory DuckDB may take."""

    path: Annotated[str, Field(min_length=1)] = "gemledger.duckdb"
    memory_limit: Annotated[Bytes, Field(ge=64 * 10**6)] = 300 * 10**6
    minimum_free: Bytes = 256 * 10**6
    retention: Retention = Retention()
    upkeep_interval: Annotated[Duration, Field(ge=timedelta(seconds=1))] = timedelta(minutes=15)


class Exporters(Strict):
    """``exporters``."""

    duckdb: DuckdbExporter = DuckdbExporter()
