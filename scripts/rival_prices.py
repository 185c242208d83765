"""What genai-prices and litellm hold about Gemini, in the terms of our own book; for diff_prices.py.

A stated price is keyed (platform, model, tier, context, region, cell or unit) and is US dollars per million tokens, or
per unit. Both packages are read from their own installation; neither may fetch anything.
"""

import importlib
import importlib.util
import json
import os
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

Key = tuple[str, str, str, str, str, str]
Prices = dict[Key, Decimal]

GENAI_CELLS = {
    "input_mtok": "input",
    "cache_read_mtok": "cache_read",
    "output_mtok": "output",
    "input_audio_mtok": "input.audio",
    "cache_audio_read_mtok": "cache_read.audio",
    "input_image_mtok": "input.image",
    "input_video_mtok": "input.video",
    "output_audio_mtok": "output.audio",
    "output_image_mtok": "output.image",
    "output_video_mtok": "output.video",
}
GENAI_NAMES = {
    "gemini-2.5-flash-tts": "gemini-2.5-flash-preview-tts",
    "gemini-2.5-pro-tts": "gemini-2.5-pro-preview-tts",
    "gemini-live-2.5-flash": "gemini-2.5-flash-native-audio-latest",
    "gemini-flash-1.5": "gemini-1.5-flash",
    "gemini-flash-1.5-8b": "gemini-1.5-flash-8b",
    "gemini-pro-1.5": "gemini-1.5-pro",
}
"""Entries whose own name is not the id that the Gemini API uses."""
CONTEXTS = {
    "batch": {"processing": "batch"},
    "flex": {"service_tier": "flex"},
    "priority": {"service_tier": "priority"},
}

LITELLM_CELLS = {
    "input_cost_per_token": "input",
    "input_cost_per_audio_token": "input.audio",
    "input_cost_per_image_token": "input.image",
    "input_cost_per_video_token": "input.video",
    "cache_read_input_token_cost": "cache_read",
    "cache_read_input_audio_token_cost": "cache_read.audio",
    "output_cost_per_token": "output",
    "output_cost_per_audio_token": "output.audio",
    "output_cost_per_image_token": "output.image",
    "output_cost_per_video_token": "output.video",
    "output_cost_per_reasoning_token": "thoughts",
}
LITELLM_UNITS = {
    "output_cost_per_second": "video_second",
    "output_cost_per_second_1080p": "video_second.1080p",
    "output_cost_per_second_4k": "video_second.4k",
}
LITELLM_TIERS = {"_batches": "batch", "_flex": "flex", "_priority": "priority"}
PER_MILLION = Decimal(10) ** 6


def genai_prices(moment: datetime) -> Prices:
    """Every price of genai-prices' Google provider at an instant, under the Gemini API; it knows no other platform."""
    providers = importlib.import_module(
        "genai_prices.data"
    ).providers  # only where this script runs
    google = next(provider for provider in providers if provider.id == "google")
    found: Prices = {}
    for model in google.models:
        if not model.id.startswith("gemini-"):
            continue
        for tier in ("standard", *CONTEXTS):
            when = CONTEXTS.get(tier)
            variants = [v for v in model.price_variants or () if v.when == when]
            if when and not any(
                v.constraint is None or v.constraint.active(moment) for v in variants
            ):
                continue
            prices = model.get_prices(moment, when).__dict__
            found |= _genai_model(GENAI_NAMES.get(model.id, model.id), tier, prices)
    return found


def _genai_model(model: str, tier: str, prices: dict[str, Any]) -> Prices:
    found: Prices = {}
    for name, price in prices.items():
        if price is None or name == "web_searches_kcount":
            continue
        cell = GENAI_CELLS[
            name
        ]  # a KeyError here is a kind of price we have never seen: look at it
        if isinstance(price, Decimal):
            found["gemini_api", model, tier, "base", "global", cell] = price
        else:
            found["gemini_api", model, tier, "base", "global", cell] = price.base
            (step,) = price.tiers
            found["gemini_api", model, tier, "long", "global", cell] = step.price
    searches = prices.get("web_searches_kcount")
    if searches is not None:
        unit = "grounded_prompt" if _is_before_3(model) else "grounding_query"
        found["gemini_api", model, tier, "base", "global", unit] = searches / 1000
    return found


def litellm() -> Prices:
    """Every price of litellm's local map for Gemini; it has no dates."""
    os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
    # Only the map is wanted, not four seconds of import.
    spec = importlib.util.find_spec("litellm")
    if spec is None or spec.origin is None:
        raise SystemExit("litellm is not installed here; see docs/prices.md")
    path = Path(spec.origin).with_name("model_prices_and_context_window_backup.json")
    entries = json.loads(path.read_text(encoding="utf-8"), parse_float=Decimal, parse_int=Decimal)
    found: Prices = {}
    for name, entry in sorted(entries.items(), key=lambda item: item[0].startswith("vertex_ai/")):
        place = _litellm_place(name, entry)
        if place is not None:  # vertex_ai/… comes last and wins over a bare name
            found |= dict(_litellm_model(*place, entry))
    return found


def _litellm_place(name: str, entry: dict[str, Any]) -> tuple[str, str] | None:
    """Platform and model of an entry, or None where it is not one of Google's models."""
    provider, bare = str(entry.get("litellm_provider", "")), name.rpartition("/")[2]
    if not bare.startswith(("gemini-", "veo-3.1", "lyria-3", "imagen-4", "deep-research")):
        return None
    if provider == "gemini":
        return "gemini_api", bare
    return ("vertex_ai", bare) if provider.startswith("vertex_ai") else None


def _litellm_model(
    platform: str, model: str, entry: dict[str, Any]
) -> Iterator[tuple[Key, Decimal]]:
    for name, price in entry.items():
        if not isinstance(price, Decimal):
            continue
        stem, tier, context = _taken_apart(name)
        if stem in LITELLM_CELLS:
            yield (
                (platform, model, tier, context, "global", LITELLM_CELLS[stem]),
                price * PER_MILLION,
            )
        elif stem in LITELLM_UNITS:
            yield (platform, model, tier, context, "global", LITELLM_UNITS[stem]), price
    yield from _litellm_fees(platform, model, entry)


def _taken_apart(name: str) -> tuple[str, str, str]:
    """What a key is about, and its tier and context."""
    tier, context = "standard", "base"
    for suffix, named in LITELLM_TIERS.items():
        if name.endswith(suffix):
            name, tier = name.removesuffix(suffix), named
    for suffix in ("_above_200k_tokens", "_above_128k_tokens"):
        if name.endswith(suffix):
            name, context = name.removesuffix(suffix), "long"
    return name, tier, context


def _litellm_fees(
    platform: str, model: str, entry: dict[str, Any]
) -> Iterator[tuple[Key, Decimal]]:
    """Songs, grounding, and the uplift for endpoints of one region."""

    def key(unit: str, region: str = "global") -> Key:
        return platform, model, "standard", "base", region, unit

    counted = "prompt" if _is_before_3(model) else "query"
    if model.startswith("lyria"):
        yield key("song"), entry["output_cost_per_image"]
    search = entry.get("search_context_cost_per_query")
    if search is not None:
        per_query = entry.get("web_search_billing_unit") == "per_query"
        yield (
            key("grounding_query" if per_query else "grounded_prompt"),
            search["search_context_size_medium"],
        )
    maps = entry.get("google_maps_grounding_cost_per_query")
    if maps is not None:
        yield key(f"maps_{counted}"), maps
    uplift = entry.get("regional_endpoint_uplift_multiplier")
    if uplift is not None:
        for name in (
            "input_cost_per_token",
            "cache_read_input_token_cost",
            "output_cost_per_token",
        ):
            if name in entry:
                yield key(LITELLM_CELLS[name], "regional"), entry[name] * PER_MILLION * uplift


def _is_before_3(model: str) -> bool:
    return any(f"-{generation}" in model for generation in ("1.5", "2.0", "2.5"))
