"""``exporters`` of the configuration file: the database, and how long rows live in it."""

from datetime import timedelta
from typing import Annotated

from pydantic import Field

from gemledger_collector.alerts_config import Duration, Strict
from gemledger_collector.sizes import Bytes


class Retention(Strict):
    """How long rows live. Accepted, and not enforced yet."""

    spans: Duration = timedelta(days=90)
    contents: Duration = timedelta(days=14)
    max_size: Bytes | None = None


class DuckdbExporter(Strict):
    """The database file, and how much memory DuckDB may take."""

    path: Annotated[str, Field(min_length=1)] = "gemledger.duckdb"
    memory_limit: Annotated[Bytes, Field(ge=64 * 10**6)] = 300 * 10**6
    retention: Retention = Retention()


class Exporters(Strict):
    """``exporters``."""

    duckdb: DuckdbExporter = DuckdbExporter()
