"""Implicit caching: how much of the prompts is cached by itself, and what a stable beginning would save."""

from typing import Any

from opentelemetry.proto.trace.v1.trace_pb2 import Span
from support.collector import RunningCollector
from support.otlp import NOON, SECOND, call, call_attributes, payload

RANGE = {"since": "2026-11-01T00:00:00Z", "until": "2026-11-02T00:00:00Z"}
HOUR = 3600


def prompts(
    first: int, count: int, hour: int, tokens: int, cached: int, **changes: Any
) -> list[Span]:
    """Calls of one hour with prompts of so many tokens, so many of them cached."""
    facts: dict[str, Any] = {
        "input_tokens": tokens,
        "cache_read_input_tokens": cached,
        "attribution_feature": "chat",
        "attribution_prompt_version": "v1",
    }
    return [
        call(
            number,
            start=NOON + hour * HOUR * SECOND + number * SECOND,
            attributes=call_attributes(**(facts | changes)),
        )
        for number in range(first, first + count)
    ]


def test_hit_shares_are_told_by_feature_and_prompt_version(collector: RunningCollector) -> None:
    """v1: a bad hour and a good one, whose share is what could be; v2: hardly any calls, so nobody can say."""
    collector.send(
        payload(
            [
                *prompts(0, 10, 0, 10_000, 0),
                *prompts(100, 10, 1, 10_000, 8_000),
                *prompts(200, 1, 1, 500, 0, attribution_prompt_version="v2"),
                *prompts(300, 9, 1, 50_000, 50_000, cache_name="cachedContents/c1"),
            ]
        )
    )
    answer = collector.get("/api/v1/caching", **RANGE)
    first, second = answer["rows"]
    assert (first["feature"], first["prompt_version"]) == ("chat", "v1")
    assert (first["prompt_tokens"], first["cached_tokens"]) == (200_000, 80_000)
    assert (first["hit_share"], first["possible_share"]) == (0.4, 0.8)
    assert first["saved_pico_usd"] == str(80_000 * (300_000 - 30_000))  # 2.5 Flash, paid and saved
    assert first["could_save_pico_usd"] == str(
        80_000 * (300_000 - 30_000)
    )  # 0.8 of 200,000, less 80,000
    assert (second["prompt_version"], second["possible_share"]) == ("v2", None)
    assert second["could_save_pico_usd"] == "0"
    assert answer["totals"]["calls"] == 21


def test_prompts_too_short_to_be_cached_are_counted(collector: RunningCollector) -> None:
    """Below 1,024 tokens of Flash, below 4,096 of Pro; a sum of unsampled calls cannot tell."""
    pro = {"request_model": "gemini-2.5-pro", "response_model": "gemini-2.5-pro"}
    collector.send(
        payload(
            [
                *prompts(0, 3, 0, 1_023, 0),
                *prompts(10, 2, 0, 1_024, 0),
                *prompts(20, 4, 0, 4_095, 0, **pro),
                *prompts(30, 1, 0, 4_096, 0, **pro),
            ]
        )
    )
    rows = collector.get("/api/v1/caching", **RANGE)["rows"]
    assert {
        row["model"]: (row["minimum_prompt_tokens"], row["seen_calls"], row["short_calls"])
        for row in rows
    } == {"gemini-2.5-flash": (1_024, 5, 3), "gemini-2.5-pro": (4_096, 5, 4)}


def test_a_share_can_be_assumed(collector: RunningCollector) -> None:
    """Nine tenths of 200,000 tokens of 3.8 Flash, none cached so far: at 0.75 less 0.075 USD a million."""
    model = {"request_model": "gemini-3.8-flash", "response_model": "gemini-3.8-flash"}
    collector.send(payload(prompts(0, 2, 0, 100_000, 0, **model)))
    (row,) = collector.get("/api/v1/caching", assumed_share=0.9, **RANGE)["rows"]
    assert row["possible_share"] == 0.9
    assert row["could_save_pico_usd"] == str(180_000 * (750_000 - 75_000)) == "121500000000"


def test_a_range_without_end_is_refused(collector: RunningCollector) -> None:
    """Three months at most: it reads calls, not sums."""
    for bad in (
        {"since": "2020-01-01T00:00:00Z", "until": "2026-01-01T00:00:00Z"},
        {"since": "2026-01-02T00:00:00Z", "until": "2026-01-01T00:00:00Z"},
        {"assumed_share": "2"},
    ):
        answer = collector.http.get("/api/v1/caching", params=bad)
        assert answer.status_code == 400
    assert collector.get("/api/v1/caching", **RANGE)["rows"] == []
