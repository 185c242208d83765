"""The recorder, driven as the back-fill drives it: with a clock of its own and the SDK's response objects."""

from datetime import UTC, datetime
from itertools import count
from typing import Any

import pytest

import gemledger
from gemledger.call import CallRecorder
from gemledger.settings import Settings

from .conftest import Recorder, answer, asked

DECEMBER_1 = int(datetime(2026, 12, 1, tzinfo=UTC).timestamp()) * 10**9


def test_a_call_of_the_past_comes_out_like_a_live_one(recorder: Recorder, recorded: Any) -> None:
    """Start, end and first chunk are the given clock's; so is the price."""
    clock = iter([DECEMBER_1 - 1, DECEMBER_1 + 2_000_000_000, DECEMBER_1 + 3_000_000_000])
    with gemledger.attribution(team="growth"):
        call = recorder(clock).start(asked("gemini-4-argon", stream=True))
    call.first_chunk()
    call.exchange(answer(usage={"prompt_token_count": 1_000_000}))
    call.end(DECEMBER_1 + 5_000_000_000)

    span = recorded.span
    assert (span.start_time, span.end_time) == (DECEMBER_1 - 1, DECEMBER_1 + 5_000_000_000)
    assert span.attributes["gen_ai.response.time_to_first_chunk"] == 2.000000001
    assert span.attributes["gemledger.stream.state"] == "complete"
    assert span.attributes["gemledger.attribution.team"] == "growth"
    # Begun one nanosecond before the new price: the old one holds, although it ended after the switch.
    assert span.attributes["gemledger.cost.pico_usd"] == 2 * 10**12


def test_the_context_step_is_decided_for_each_exchange(recorder: Recorder, recorded: Any) -> None:
    """Two requests of 150,000 tokens are two short prompts, not one long one."""
    call = recorder(count(DECEMBER_1)).start(asked("gemini-3.1-pro-preview"))
    for number in ("first", "second"):
        call.exchange(answer(usage={"prompt_token_count": 150_000}, response_id=number))
    call.end()

    attributes, events = recorded.span.attributes, recorded.span.events
    assert attributes["gen_ai.usage.input_tokens"] == 300_000
    assert attributes["gemledger.cost.pico_usd"] == 2 * 300_000 * 10**6
    assert attributes["gemledger.price.row"] == (
        "gemini_api/gemini-3.1-pro-preview/standard/base/2026-02-19",
    )
    assert [event.attributes["gen_ai.response.id"] for event in events] == ["first", "second"]
    assert [event.attributes["gemledger.cost.pico_usd"] for event in events] == [
        300_000 * 10**6
    ] * 2


def test_an_exchange_without_a_price_leaves_a_lower_bound(
    recorder: Recorder, recorded: Any
) -> None:
    """What is known is kept, what is not known is said."""
    call = recorder(count(DECEMBER_1)).start(asked())
    call.exchange(answer(usage={"prompt_token_count": 10}))
    call.exchange(answer(usage={"prompt_token_count": 10}, model_version="gemini-99-experimental"))
    call.end()

    assert recorded.attributes["gemledger.cost.status"] == "lower_bound"
    assert recorded.attributes["gemledger.cost.reasons"] == ("unpriced_exchange",)
    assert recorded.attributes["gemledger.cost.pico_usd"] == 3_000_000


def test_a_call_that_fails_in_the_past_is_free(recorder: Recorder, recorded: Any) -> None:
    """The back-fill's failures read like those of live traffic."""
    from google.genai import errors  # noqa: PLC0415 - only here

    call = recorder(count(DECEMBER_1)).start(asked())
    call.fail(
        errors.ServerError(503, {"error": {"code": 503, "status": "UNAVAILABLE", "message": "m"}})
    )
    call.end()

    assert recorded.attributes["error.type"] == "503"
    assert recorded.span.status.description == "UNAVAILABLE"
    assert (
        recorded.attributes["gemledger.cost.status"],
        recorded.attributes["gemledger.cost.pico_usd"],
    ) == ("exact", 0)


def test_ending_twice_is_ending_once(recorder: Recorder, recorded: Any) -> None:
    """A finalizer may come after the end."""
    call = recorder(count(DECEMBER_1)).start(asked())
    call.end()
    call.end()

    assert len(recorded.spans) == 1


@pytest.mark.parametrize(
    ("usage", "expected", "reasons"),
    [
        # Early models counted thoughts among the candidates; the total gives it away, and nothing is billed twice.
        (
            {
                "prompt_token_count": 10,
                "candidates_token_count": 100,
                "thoughts_token_count": 60,
                "total_token_count": 110,
            },
            (10, 100, 0),
            None,
        ),
        (
            {"prompt_token_count": 10, "candidates_token_count": 5, "total_token_count": 99},
            (10, 5, 0),
            ("total_mismatch",),
        ),
        (
            {
                "prompt_token_count": 10,
                "cached_content_token_count": 12,
                "candidates_token_count": 5,
            },
            (10, 5, 10),
            ("cached_above_prompt",),
        ),
        (
            {
                "prompt_token_count": 10,
                "prompt_tokens_details": [{"modality": "AUDIO", "token_count": 12}],
                "candidates_token_count": 5,
            },
            (10, 5, 0),
            ("details_above_count",),
        ),
        (
            {
                "prompt_token_count": 10,
                "cached_content_token_count": 4,
                "prompt_tokens_details": [{"modality": "AUDIO", "token_count": 8}],
            },
            (10, 0, 4),
            ("cached_modality_unknown",),
        ),
    ],
)
def test_usage_that_contradicts_itself_is_put_right_and_named(
    recorder: Recorder,
    recorded: Any,
    usage: dict[str, Any],
    expected: tuple[int, ...],
    reasons: Any,
) -> None:
    """Never an exception, never a zero: a figure, a status and a reason."""
    call = recorder(count(DECEMBER_1)).start(asked())
    call.exchange(answer(usage=usage))
    call.end()

    attributes = recorded.attributes
    names = ("input_tokens", "output_tokens", "cache_read.input_tokens")
    assert tuple(attributes[f"gen_ai.usage.{name}"] for name in names) == expected
    assert attributes.get("gemledger.cost.reasons") == reasons
    assert attributes["gemledger.cost.status"] == ("estimated" if reasons else "exact")
    lines = {
        k: v for k, v in attributes.items() if k.startswith("gemledger.cost.") and k.count(".") == 3
    }
    assert attributes["gemledger.cost.pico_usd"] == sum(lines.values())


def test_cost_usage_and_status_survive_a_small_attribute_limit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """They are set last: OpenTelemetry drops the oldest first."""
    from opentelemetry.sdk.trace import SpanLimits, TracerProvider  # noqa: PLC0415 - only here
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor  # noqa: PLC0415
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter  # noqa: PLC0415

    exporter = InMemorySpanExporter()
    provider = TracerProvider(
        span_limits=SpanLimits(max_span_attributes=12), shutdown_on_exit=False
    )
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    call = CallRecorder(provider.get_tracer("t"), Settings()).start(asked())
    call.exchange(answer(usage={"prompt_token_count": 10, "candidates_token_count": 1}))
    call.end()

    kept = exporter.get_finished_spans()[0].attributes or {}
    assert kept["gemledger.cost.pico_usd"] == 5_500_000
    assert kept["gemledger.cost.status"] == "exact"
    assert kept["gen_ai.usage.input_tokens"] == 10
    assert "gen_ai.request.model" not in kept
