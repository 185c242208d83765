"""How each instrumentation is enabled: as its documentation says, with content captured, into our exporter."""

import importlib
import json
import os
import tempfile
from collections.abc import Callable, Mapping
from typing import Any

from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter

_CAPTURE = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"


def _load(module: str, name: str) -> Any:  # noqa: ANN401 - these packages are in an environment of their own
    return getattr(importlib.import_module(module), name)


def _provider(exporter: SpanExporter) -> TracerProvider:
    provider = TracerProvider()
    provider.add_span_processor(BatchSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
    return provider


def _official(exporter: SpanExporter, capture: str = "SPAN_ONLY") -> None:
    os.environ[_CAPTURE] = capture
    instrumentor = _load("opentelemetry.instrumentation.google_genai", "GoogleGenAiSdkInstrumentor")
    provider = _provider(exporter)
    # As shipped it refuses google-genai 3 and records nothing.
    instrumentor().instrument(tracer_provider=provider, skip_dep_check=True)


def _openinference(exporter: SpanExporter) -> None:
    instrumentor = _load("openinference.instrumentation.google_genai", "GoogleGenAIInstrumentor")
    instrumentor().instrument(tracer_provider=_provider(exporter))


def _openllmetry(exporter: SpanExporter) -> None:
    module = "opentelemetry.instrumentation.google_generativeai"
    instrumentor = _load(module, "GoogleGenerativeAiInstrumentor")
    instrumentor().instrument(tracer_provider=_provider(exporter))


def _openlit(exporter: SpanExporter) -> None:
    _provider(exporter)
    known = _load("openlit._instrumentors", "MODULE_NAME_MAP")
    prices = {"chat": {"gemini-2.5-flash": {"promptPrice": 0.0003, "completionPrice": 0.0025}}}
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:  # else it fetches one
        json.dump(prices, file)
        file.flush()
        _load("openlit", "init")(
            disable_metrics=True,
            capture_message_content=True,
            pricing_json=file.name,
            disabled_instrumentors=[name for name in known if name != "google-ai-studio"],
        )


def _logfire(exporter: SpanExporter) -> None:
    os.environ[_CAPTURE] = "SPAN_ONLY"
    _load("logfire", "configure")(
        send_to_logfire=False,
        console=False,
        inspect_arguments=False,
        additional_span_processors=[BatchSpanProcessor(exporter)],
    )
    _load("logfire", "instrument_google_genai")(skip_dep_check=True)


def _official_without_content(exporter: SpanExporter) -> None:
    _official(exporter, "NO_CONTENT")


def _pydantic_ai(exporter: SpanExporter) -> None:
    _load("pydantic_ai", "Agent").instrument_all()
    _provider(exporter)


def _langchain(exporter: SpanExporter) -> None:
    instrumentor = _load("openinference.instrumentation.langchain", "LangChainInstrumentor")
    instrumentor().instrument(tracer_provider=_provider(exporter))


ENABLE: Mapping[str, Callable[[SpanExporter], None]] = {
    "opentelemetry": _official,
    "opentelemetry_without_content": _official_without_content,
    "openinference": _openinference,
    "openllmetry": _openllmetry,
    "openlit": _openlit,
    "logfire": _logfire,
    "pydantic_ai": _pydantic_ai,
    "langchain": _langchain,
}
"""Dialect → what turns it on; the tracer provider it uses becomes the global one."""
