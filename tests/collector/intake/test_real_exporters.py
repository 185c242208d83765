"""OpenTelemetry's own exporters, as apps have them, send here without a setting of ours."""

import importlib
import os
from pathlib import Path
from typing import Any

import grpc
import pytest
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExporter
from support.collector import RunningCollector, config_for

GRPC_EXPORTER = "opentelemetry.exporter.otlp.proto.grpc.trace_exporter"


def sent_by(exporter: SpanExporter) -> None:
    """One call, told by the SDK."""
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    with provider.get_tracer("shop").start_as_current_span("generate_content") as span:
        span.set_attribute("gen_ai.provider.name", "gcp.gemini")
        span.set_attribute("gen_ai.request.model", "gemini-2.5-flash")
        span.set_attribute("gen_ai.usage.input_tokens", 10)
    provider.shutdown()


@pytest.mark.parametrize(
    "compression", [Compression.NoCompression, Compression.Gzip, Compression.Deflate]
)
def test_the_http_exporter_is_understood(
    collector: RunningCollector, compression: Compression
) -> None:
    """However it compresses."""
    sent_by(OTLPSpanExporter(f"{collector.url}/v1/traces", compression=compression))
    assert collector.select("select name, request_model from spans") == [
        ["generate_content", "gemini-2.5-flash"]
    ]


def test_the_grpc_exporter_is_understood(tmp_path: Path) -> None:
    """With gzip, as its own environment variables would have it."""
    if "CI" not in os.environ:  # where everything of the extra dev is installed
        pytest.importorskip(GRPC_EXPORTER)
    exporters: Any = importlib.import_module(GRPC_EXPORTER)
    with RunningCollector(config_for(tmp_path / "x.duckdb", grpc={"enabled": True})) as collector:
        assert collector.grpc_address is not None
        sent_by(
            exporters.OTLPSpanExporter(
                endpoint=collector.grpc_address, insecure=True, compression=grpc.Compression.Gzip
            )
        )
        assert collector.select("select request_model from spans") == [["gemini-2.5-flash"]]
