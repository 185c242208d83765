"""What Gemini truly said and charged in each recorded case, the recordings, and a door for spans made by hand."""

import itertools
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from support import otlp
from support.collector import RunningCollector, config_for
from support.otlp_sink import spans_of

HERE = Path(__file__).parents[1] / "collector" / "dialects"
FIXTURES = HERE / "fixtures"
PLANTED = "planted.person"
"""Part of an e-mail address that every recorded prompt and answer has."""

CASES: Mapping[str, Mapping[str, Any]] = tomllib.loads((HERE / "cases.toml").read_text())


def recorded(dialect: str) -> bytes:
    """The request as that instrumentation's exporter sent it."""
    return (FIXTURES / f"{dialect}.otlp").read_bytes()


def spans_in(dialect: str) -> list[Any]:
    """The spans of that request."""
    return spans_of(ExportTraceServiceRequest.FromString(recorded(dialect)))


def model_of(case: str) -> str:
    """The model that was asked."""
    return str(CASES[case].get("model", "gemini-2.5-flash"))


class Door:
    """A running collector, and what the spans last sent became of."""

    def __init__(self, collector: RunningCollector) -> None:
        self.collector = collector
        self._numbers = itertools.count(1)
        self._last: tuple[str, ...] = ()

    def call(self, attributes: Mapping[str, otlp.Value]) -> Any:
        """A span that has no other's ids."""
        return otlp.call(next(self._numbers), attributes=attributes)

    def send(self, *spans: Any, scope: str = "some.other.library") -> None:
        """One request of another instrumentation."""
        answer = self.collector.send(otlp.payload(spans, scope=scope))
        assert answer.status_code == 200, answer.text
        self._last = tuple(span.trace_id.hex() for span in spans)

    def select(self, sql: str) -> list[list[Any]]:
        """Rows of ``select … from TABLE [where …]``, of the last request's traces alone."""
        traces = ", ".join(f"'{trace}'" for trace in self._last)
        joint = "and" if " where " in sql else "where"
        return self.collector.select(f"{sql} {joint} trace_id in ({traces})")


@contextmanager
def opened_door(folder: Path) -> Iterator[Door]:
    """A door to a collector that runs while the block does."""
    with RunningCollector(config_for(folder / "ledger.duckdb")) as running:
        yield Door(running)
