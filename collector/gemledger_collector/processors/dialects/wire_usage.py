"""A captured response of the SDK itself: everything Gemini said of its usage, and of what it was asked."""

from collections.abc import Iterable, Mapping
from typing import Any

from gemledger_collector.processors.dialects.foreign_span import ForeignSpan

_COUNTS = {
    "prompt_token_count": "prompt",
    "candidates_token_count": "candidates",
    "tool_use_prompt_token_count": "tool_use_tokens",
    "thoughts_token_count": "thoughts_tokens",
    "cached_content_token_count": "cache_read_tokens",
    "total_token_count": "total_tokens",
}
_DETAILS = {
    "prompt_tokens_details": "input_tokens",
    "cache_tokens_details": "cache_read_tokens",
    "candidates_tokens_details": "output_tokens",
}
_HARMLESS = ("text_", "total_")
"""Columns that change no price: to learn of them is no repair."""
_MODALITIES = ("text", "image", "audio", "video", "document")


def read_response(span: ForeignSpan, response: Mapping[str, Any]) -> None:
    """Let the columns say what the response says; where they had it otherwise or not at all, that is a repair."""
    for key, column in (("response_id", "response_id"), ("model_version", "response_model")):
        if isinstance(value := response.get(key), str):
            span.fill(column, value)
    tier = _header(response, "x-gemini-service-tier")
    if tier:
        span.fill("service_tier", tier)
    if isinstance(usage := response.get("usage_metadata"), Mapping):
        _read_usage(span, usage)
    _read_searches(span, response.get("candidates"))
    history = response.get("automatic_function_calling_history")
    if any("function_call" in part for part in _parts(history)):
        span.doubt("exchanges_unreported")


def _read_usage(span: ForeignSpan, usage: Mapping[str, Any]) -> None:
    found = {name: usage[key] for key, name in _COUNTS.items() if _is_count(usage.get(key))}
    if not {"prompt", "total_tokens"} <= found.keys():
        return  # cut, or of another shape: the dialect's own sums are the better ones
    prompt, candidates = found.pop("prompt", 0), found.pop("candidates", 0)
    found["input_tokens"] = prompt + found.get("tool_use_tokens", 0)
    found["output_tokens"] = candidates + found.get("thoughts_tokens", 0)
    if found["total_tokens"] != found["input_tokens"] + found["output_tokens"]:
        return
    for key, suffix in _DETAILS.items():
        for each in usage.get(key) or ():
            modality = str(each.get("modality")).lower() if isinstance(each, Mapping) else ""
            if modality in _MODALITIES and _is_count(count := each.get("token_count")):
                found[f"{modality}_{suffix}"] = count
    mattering = [name for name, count in found.items() if count and not name.startswith(_HARMLESS)]
    if any(span.columns.get(name) != found[name] for name in mattering):
        span.repaired("usage_from_response")
    span.columns.update(found)


def _read_searches(span: ForeignSpan, candidates: object) -> None:
    """Searches are billed by the query or by the prompt; the model's rates know which."""
    queries = {
        query.strip()
        for candidate in (candidates if isinstance(candidates, list) else ())
        if isinstance(candidate, Mapping)
        for query in (candidate.get("grounding_metadata") or {}).get("web_search_queries") or ()
        if isinstance(query, str) and query.strip()
    }
    if queries:
        span.columns["grounding_queries"] = len(queries)
        span.columns["grounded_prompts"] = 1
        span.repaired("searches_from_response")


def _header(response: Mapping[str, Any], name: str) -> str | None:
    http = response.get("sdk_http_response")
    headers = http.get("headers") if isinstance(http, Mapping) else None
    value = headers.get(name) if isinstance(headers, Mapping) else None
    return value if isinstance(value, str) else None


def _parts(contents: object) -> Iterable[Mapping[str, Any]]:
    for content in contents if isinstance(contents, list) else ():
        if isinstance(content, Mapping):
            yield from (part for part in content.get("parts") or () if isinstance(part, Mapping))


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**50
