"""What other instrumentations send: spans in several shapes, and log records."""

import json
import time
from collections.abc import Callable
from typing import Any

import httpx
from support import otlp, otlp_logs
from support.processes import CollectorProcess

from .trail import ATTRIBUTES, SHORT, Trail


def send_foreign_spans(trail: Trail, collector: CollectorProcess) -> None:
    """Other instrumentations' shapes: attributes, lists, events, status, names; and log events."""
    plant: Callable[..., str] = trail.plant
    inputs = json.dumps(
        [
            {
                "role": "user",
                "parts": [
                    {"type": "text", "content": plant("foreign gen_ai messages", stored=True)}
                ],
            }
        ]
    )
    span = otlp.call(
        1,
        start=time.time_ns(),
        attributes={
            "gen_ai.system": "gemini",
            "gen_ai.operation.name": "chat",
            "gen_ai.request.model": "gemini-2.5-flash",
            "gen_ai.response.model": "gemini-2.5-flash",
            "gen_ai.usage.input_tokens": 10,
            "gen_ai.usage.output_tokens": 10,
            "gen_ai.input.messages": inputs,
            "app.note": plant("foreign attribute", stored=True, kinds=ATTRIBUTES),
            "app.list": [plant("foreign list", stored=True, kinds=ATTRIBUTES)],
            "app.map": {
                "deep": {"er": [plant("foreign nested map", stored=True, kinds=ATTRIBUTES)]}
            },
            "app.bytes": plant("foreign bytes", stored=True, kinds=ATTRIBUTES).encode(),
            "error.type": plant("foreign error type", stored=True, kinds=SHORT)[:300],
        },
    )
    span.name = f"POST /users/{trail.garden.value('foreign span name', 'email')}"
    trail.stored.add("foreign span name")
    span.status.message = plant("foreign status", stored=True, kinds=ATTRIBUTES)
    event = span.events.add(name="exception", time_unix_nano=time.time_ns())
    for key, place in (
        ("exception.message", "foreign exception"),
        ("exception.stacktrace", "foreign stack trace"),
    ):
        otlp.fill(event.attributes.add(key=key).value, plant(place, stored=True, kinds=ATTRIBUTES))
    link = span.links.add(trace_id=b"1" * 16, span_id=b"2" * 8)
    otlp.fill(
        link.attributes.add(key="note").value, plant("foreign link", stored=True, kinds=ATTRIBUTES)
    )
    older = otlp.call(
        3,
        start=time.time_ns(),
        attributes={
            "gen_ai.system": "gemini",
            "llm.request.type": "chat",
            "gen_ai.request.model": "gemini-2.5-flash",
            "gen_ai.prompt.0.role": "user",
            "gen_ai.prompt.0.content": plant("foreign prompt attribute", stored=True),
            "gen_ai.completion.0.content": plant("foreign answer attribute", stored=True),
        },
    )
    body = otlp.request(
        [span, older],
        scope="opentelemetry.instrumentation.other",
        resource={
            "service.name": "shop",
            "host.note": plant("resource attribute", stored=True, kinds=ATTRIBUTES),
        },
    )
    body.resource_spans[0].scope_spans[0].scope.version = plant(
        "scope version", stored=True, kinds=ATTRIBUTES
    )
    _post(collector, "/v1/traces", body.SerializeToString())
    _post(collector, "/v1/logs", otlp_logs.logs(_records(plant, span)).SerializeToString())


def _records(plant: Callable[..., str], span: Any) -> list[Any]:
    now = time.time_ns()
    said = [
        {
            "role": "user",
            "parts": [{"type": "text", "content": plant("log content event", stored=True)}],
        }
    ]
    return [
        otlp_logs.event(
            "gen_ai.evaluation.result",
            span,
            time=now,
            attributes={
                "gen_ai.evaluation.name": "accuracy",
                "gen_ai.evaluation.score.label": "bad",
                "gen_ai.evaluation.explanation": plant("log evaluation", stored=True),
            },
        ),
        otlp_logs.event(
            "gen_ai.client.inference.operation.details",
            otlp.call(2),
            time=now,
            attributes={"gen_ai.input.messages": json.dumps(said)},
        ),
        otlp_logs.event("app.said", span, plant("log of another kind", stored=False), time=now),
    ]


def _post(collector: CollectorProcess, path: str, content: bytes) -> None:
    headers = {"Content-Type": "application/x-protobuf"}
    answer = httpx.post(f"{collector.url}{path}", content=content, headers=headers, trust_env=False)
    assert answer.status_code == 200, answer.text
