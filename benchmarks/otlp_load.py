"""Export requests of ordinary calls: 24 attributes a span, every id random, made before any clock starts."""

import random
from collections.abc import Iterator
from dataclasses import dataclass

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue

from gemledger import semconv
from gemledger.pricing import load_book

RESOURCE = {
    "service.name": "shop",
    "telemetry.sdk.language": "python",
    "telemetry.sdk.name": "opentelemetry",
    "telemetry.sdk.version": "1.45.2",
}
TEMPLATES = 64


@dataclass(frozen=True, slots=True)
class Load:
    """How much is sent, and how."""

    spans: int
    batch: int
    connections: int

    @property
    def batches(self) -> int:
        """Requests of a run."""
        return self.spans // self.batch


def attributes(chance: random.Random) -> dict[str, str | int | list[str]]:
    """The 24 attributes of one ordinary call."""
    input_tokens, output_tokens = chance.randrange(10, 8000), chance.randrange(10, 900)
    cost = input_tokens * 300_000 + output_tokens * 2_500_000
    return {
        semconv.OPERATION_NAME: "generate_content",
        semconv.PROVIDER_NAME: semconv.PROVIDER_GEMINI,
        semconv.REQUEST_MODEL: "gemini-2.5-flash",
        semconv.RESPONSE_MODEL: "gemini-2.5-flash",
        semconv.RESPONSE_ID: f"{chance.getrandbits(80):020x}",
        semconv.RESPONSE_FINISH_REASONS: ["stop"],
        semconv.SERVER_ADDRESS: "generativelanguage.googleapis.com",
        semconv.SERVER_PORT: 443,
        semconv.INPUT_TOKENS: input_tokens,
        semconv.OUTPUT_TOKENS: output_tokens,
        semconv.CACHE_READ_INPUT_TOKENS: 0,
        semconv.REASONING_OUTPUT_TOKENS: output_tokens // 3,
        semconv.COST_PICO_USD: cost,
        semconv.COST_STATUS: "exact",
        semconv.PRICE_BOOK: load_book().version,
        semconv.PLATFORM: "gemini_api",
        semconv.SERVICE_TIER: "standard",
        semconv.EXCHANGES: 1,
        semconv.ATTEMPTS: 1,
        semconv.ATTRIBUTION_TEAM: chance.choice(["search", "growth", "support"]),
        semconv.ATTRIBUTION_FEATURE: chance.choice(
            ["doc-search", "chat", "mail", "titles", "tags"]
        ),
        semconv.ATTRIBUTION_USER_ID: f"user-{int(chance.paretovariate(1)) % 5000}",
        semconv.ATTRIBUTION_ENVIRONMENT: "production",
        semconv.ATTRIBUTION_PROMPT_VERSION: chance.choice(["v7", "v8"]),
    }


def fill(value: AnyValue, given: str | int | list[str]) -> None:
    """Write one attribute value."""
    if isinstance(given, str):
        value.string_value = given
    elif isinstance(given, int):
        value.int_value = given
    else:
        for word in given:
            value.array_value.values.add(string_value=word)


def bodies(load: Load, start_unix_nano: int) -> Iterator[bytes]:
    """Encoded requests. Some templates are built, then only ids and times change from one to the next."""
    chance = random.Random(7)
    templates = [template(load.batch, chance) for _ in range(min(TEMPLATES, load.batches))]
    for index in range(load.batches):
        request = templates[index % len(templates)]
        for offset, span in enumerate(request.resource_spans[0].scope_spans[0].spans):
            span.trace_id, span.span_id = chance.randbytes(16), chance.randbytes(8)
            span.start_time_unix_nano = start_unix_nano + (index * load.batch + offset) * 25_000
            span.end_time_unix_nano = span.start_time_unix_nano + 700_000_000
        yield request.SerializeToString()


def template(count: int, chance: random.Random) -> ExportTraceServiceRequest:
    """A request of ``count`` calls."""
    request = ExportTraceServiceRequest()
    resource = request.resource_spans.add()
    for key, text in RESOURCE.items():
        resource.resource.attributes.add(key=key).value.string_value = text
    scope = resource.scope_spans.add()
    scope.scope.name, scope.scope.version = semconv.SCOPE_NAME, "0.1.0"
    for _ in range(count):
        span = scope.spans.add(name="generate_content gemini-2.5-flash", kind=3)
        for key, given in attributes(chance).items():
            fill(span.attributes.add(key=key).value, given)
    return request
