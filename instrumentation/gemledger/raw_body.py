"""A raw HTTP body, read as the SDK's own response would read: for callers who asked the SDK not to parse it."""

import json
import re
from types import SimpleNamespace
from typing import Any

_CAMEL = re.compile(r"(?<=[a-z0-9])([A-Z])")
_DEFAULTS: dict[str, Any] = dict.fromkeys(
    (
        "usage_metadata",
        "prompt_token_count",
        "candidates_token_count",
        "total_token_count",
        "cached_content_token_count",
        "thoughts_token_count",
        "tool_use_prompt_token_count",
        "prompt_tokens_details",
        "cache_tokens_details",
        "candidates_tokens_details",
        "tool_use_prompt_tokens_details",
        "traffic_type",
        "candidates",
        "model_version",
        "response_id",
        "prompt_feedback",
        "block_reason",
        "finish_reason",
        "avg_logprobs",
        "grounding_metadata",
        "token_count",
        "modality",
    )
)
"""Read without a default; a raw body may lack any of them."""


def parsed(response: Any) -> Any:  # noqa: ANN401 - a response of the SDK, and something that reads like one
    """The response as its raw body tells it; the response itself where there is no body, or none of Gemini's."""
    http = response.sdk_http_response
    body = getattr(http, "body", None)
    if not body:
        return response
    try:
        told = json.loads(body, object_hook=_namespace)
    except ValueError:
        return response
    if not isinstance(told, SimpleNamespace):
        return response
    told.sdk_http_response = http
    return told


def readable(value: Any) -> Any:  # noqa: ANN401 - JSON that was read already
    """The same, whose objects read like the SDK's models."""
    if isinstance(value, dict):
        return _namespace({name: readable(each) for name, each in value.items()})
    return [readable(each) for each in value] if isinstance(value, list) else value


def _namespace(fields: dict[str, Any]) -> SimpleNamespace:
    """A JSON object whose fields read like those of the SDK's models."""
    return SimpleNamespace(**_DEFAULTS | {_snake(name): value for name, value in fields.items()})


def _snake(name: str) -> str:
    """``promptTokenCount`` → ``prompt_token_count``."""
    return _CAMEL.sub(r"_\1", name).lower()
