"""Prefixes seen before are answered as cached: 512-token blocks from the beginning of the prompt."""

import random

from google import genai

from gemledger_simulator.engine import Engine
from gemledger_simulator.settings import Settings

MODEL = "gemini-2.5-flash"


def _words(seed: int, tokens: int) -> str:
    rng = random.Random(seed)
    return "".join(rng.choice("abcdefgh ") for _ in range(tokens * 4))


def _cached(engine: Engine, contents: str, *, system: str = "", model: str = MODEL) -> int:
    request: dict[str, object] = {"contents": [{"parts": [{"text": contents}]}]}
    if system:
        request["systemInstruction"] = {"parts": [{"text": system}]}
    body = engine.respond(model, request, 0).body
    return int(body["usageMetadata"].get("cachedContentTokenCount", 0))


def test_whole_blocks_of_a_known_beginning_are_cached() -> None:
    """1,100 tokens in common are two blocks; what differs later does not matter."""
    engine, prefix = Engine(), _words(1, 1_100)
    assert _cached(engine, prefix + _words(2, 300)) == 0
    assert _cached(engine, prefix + _words(3, 300)) == 1_024


def test_nothing_is_cached_after_the_first_difference() -> None:
    """A block is known by all that stands before it."""
    engine, tail = Engine(), _words(1, 2_000)
    _cached(engine, "a" * 2_048 + tail)
    assert _cached(engine, "b" * 2_048 + tail) == 0


def test_a_shared_system_instruction_is_cached_for_different_questions() -> None:
    """It comes first in the prompt."""
    engine, handbook = Engine(), _words(5, 600)
    assert _cached(engine, "first", system=handbook) == 0
    assert _cached(engine, "second", system=handbook) == 512


def test_models_do_not_share_their_caches() -> None:
    """Another model has never seen it."""
    engine, prompt = Engine(), _words(1, 600)
    _cached(engine, prompt)
    assert _cached(engine, prompt, model="gemini-2.5-pro") == 0


def test_memory_is_bounded_and_the_longest_unused_goes_first() -> None:
    """With room for two blocks the third pushes the first out."""
    engine = Engine(Settings(cache_blocks=2))
    first, second, third = (_words(n, 512) for n in (1, 2, 3))
    for prompt in (first, second, first, third):
        _cached(engine, prompt)
    assert _cached(engine, first) == 512
    assert _cached(engine, second) == 0


def test_a_prefix_whose_beginning_is_forgotten_is_not_cached() -> None:
    """Of three blocks the last two are still known, and are worth nothing without the first."""
    engine, prompt = Engine(Settings(cache_blocks=2)), _words(1, 1_536)
    _cached(engine, prompt)
    assert _cached(engine, prompt) == 0


def test_cached_tokens_are_part_of_the_prompt_and_have_a_modality(client: genai.Client) -> None:
    """Over the wire the prompt count includes them, and their details are given."""
    prompt = _words(99, 1_200)
    first = client.models.generate_content(model=MODEL, contents=prompt).usage_metadata
    second = client.models.generate_content(model=MODEL, contents=prompt).usage_metadata
    assert first
    assert second
    assert first.cached_content_token_count is None
    assert second.cached_content_token_count == 1_024
    assert first.prompt_token_count == second.prompt_token_count == 1_200
    assert second.cache_tokens_details
    assert second.cache_tokens_details[0].token_count == 1_024
