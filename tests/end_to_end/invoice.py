"""What Google would bill for a simulator's record: the published rates, multiplied by hand, without our engine."""

from collections.abc import Callable
from typing import Any

from gemledger_simulator.fields import Json

RATES = {
    # picoUSD a token on 2026-11-20: input, cached input, output (thoughts included)
    ("gemini-3.8-flash", "standard"): (750_000, 75_000, 3_750_000),
    ("gemini-3.8-flash", "batch"): (375_000, 37_500, 1_875_000),
    ("gemini-2.5-flash", "standard"): (300_000, 30_000, 2_500_000),
}
PRO = {
    # gemini-3.1-pro-preview: up to 200,000 prompt tokens, and above
    "standard": ((2_000_000, 200_000, 12_000_000), (4_000_000, 400_000, 18_000_000)),
    "batch": ((1_000_000, 200_000, 6_000_000), (2_000_000, 400_000, 9_000_000)),
}
TEXT_IN, AUDIO_IN, TEXT_OUT, AUDIO_OUT = 750_000, 3_000_000, 4_500_000, 12_000_000
"""gemini-3.8-live."""
STORAGE = {"gemini-3.8-flash": 500_000, "gemini-3.1-pro-preview": 4_500_000}
"""A token kept for an hour."""
EMBEDDING, QUERY, IMAGE, VIDEO_SECOND = 150_000, 14_000_000_000, 40_000_000_000, 400_000_000_000
"""gemini-embedding-001; a web search; an Imagen 4 image; a second of Veo 3.1 at 720p."""


def pico_usd(entries: list[Json]) -> dict[str, int]:
    """The bill by kind, in picoUSD."""
    sums: dict[str, int] = {}
    for entry in entries:
        kind = entry["kind"]
        sums[kind] = sums.get(kind, 0) + _BILLS[kind](entry)
    return sums


def _rates(entry: Json, prompt: int) -> tuple[int, int, int]:
    if entry["model"] == "gemini-3.1-pro-preview":
        return PRO[entry["tier"]][prompt > 200_000]
    return RATES[entry["model"], entry["tier"]]


def _generated(entry: Json) -> int:
    usage: dict[str, Any] = entry["usageMetadata"]
    prompt, cached = usage["promptTokenCount"], usage.get("cachedContentTokenCount", 0)
    said = usage.get("candidatesTokenCount", 0) + usage.get("thoughtsTokenCount", 0)
    fresh_rate, cached_rate, said_rate = _rates(entry, prompt)
    return int((prompt - cached) * fresh_rate + cached * cached_rate + said * said_rate)


def _interaction(entry: Json) -> int:
    usage = entry["usage"]
    read, cached = usage["total_input_tokens"], usage.get("total_cached_tokens", 0)
    said = usage["total_output_tokens"] + usage.get("total_thought_tokens", 0)
    searches = sum(
        tool["count"]
        for tool in usage.get("grounding_tool_count", ())
        if tool["type"] == "google_search"
    )
    fresh_rate, cached_rate, said_rate = _rates(entry, read)
    tokens = (read - cached) * fresh_rate + cached * cached_rate + said * said_rate
    return int(tokens + searches * QUERY)


def _live(entry: Json) -> int:
    usage = entry["usageMetadata"]
    heard, spoken = _audio(usage["promptTokensDetails"]), _audio(usage["responseTokensDetails"])
    written = usage["responseTokenCount"] - spoken + usage.get("thoughtsTokenCount", 0)
    tokens: int = (usage["promptTokenCount"] - heard) * TEXT_IN + written * TEXT_OUT
    return tokens + heard * AUDIO_IN + spoken * AUDIO_OUT


def _audio(details: list[Json]) -> int:
    return sum(one["tokenCount"] for one in details if one["modality"] == "AUDIO")


def _created(entry: Json) -> int:
    tokens: int = entry["usageMetadata"]["totalTokenCount"]
    return tokens * _rates(entry, tokens)[0]


def _stored(entry: Json) -> int:
    seconds = entry["to_unix_seconds"] - entry["from_unix_seconds"]
    pico: int = entry["tokens"] * seconds * STORAGE[entry["model"]] // 3600
    return pico


def _embedded(entry: Json) -> int:
    tokens: int = entry["usageMetadata"]["promptTokenCount"]
    return tokens * EMBEDDING


_BILLS: dict[str, Callable[[Json], int]] = {
    "generate_content": _generated,
    "batch": _generated,
    "interaction": _interaction,
    "live": _live,
    "cache_create": _created,
    "cache_storage": _stored,
    "embeddings": _embedded,
    "image": lambda entry: int(entry["images"]) * IMAGE,
    "video": lambda entry: int(entry["seconds"]) * VIDEO_SECOND,
}
