"""What Gemini truly said and charged in each recorded case, and where the recordings are."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
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
