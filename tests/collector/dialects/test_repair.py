"""Whatever the usage: a repaired cost is never above the truth, nor an upper end below it, and what was right stays."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support import otlp

from gemledger import semconv
from gemledger_collector.price_book import price_book
from gemledger_collector.processors.chain import Chain, read

CHAIN = Chain(price_book(None))
INPUT, AUDIO, CACHED, OUTPUT = 300_000, 1_000_000, 30_000, 2_500_000
"""gemini-2.5-flash, picoUSD a token."""


class Truth(NamedTuple):
    """What one exchange of text used."""

    prompt: int
    cached: int
    tool_use: int
    candidates: int
    thoughts: int

    @property
    def total(self) -> int:
        """As Gemini adds it up."""
        return self.prompt + self.tool_use + self.candidates + self.thoughts

    @property
    def pico_usd(self) -> int:
        """By the list price."""
        fresh = self.prompt - self.cached + self.tool_use
        return fresh * INPUT + self.cached * CACHED + (self.candidates + self.thoughts) * OUTPUT


COUNTS = st.integers(0, 100_000)
TRUTHS = st.builds(
    lambda prompt, share, tool_use, candidates, thoughts: Truth(
        prompt, prompt * share // 100, tool_use, candidates, thoughts
    ),
    st.integers(1, 100_000),
    st.integers(0, 100),
    st.one_of(st.just(0), COUNTS),
    COUNTS,
    st.one_of(st.just(0), COUNTS),
)


def _base(truth: Truth) -> dict[str, otlp.Value]:
    return {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "gcp.gemini",
        "gen_ai.request.model": "gemini-2.5-flash",
        "server.address": "generativelanguage.googleapis.com",
        "gen_ai.usage.cache_read.input_tokens": truth.cached,
    }


def _said(truth: Truth) -> dict[str, otlp.Value]:
    messages = json.dumps([{"role": "user", "parts": [{"type": "text", "content": "hello"}]}])
    tools = {"gen_ai.tool.definitions": '[{"code_execution": {}, "type": "code_execution"}]'}
    return {"gen_ai.input.messages": messages, **(tools if truth.tool_use else {})}


def _traceloop(truth: Truth) -> dict[str, otlp.Value]:
    counts: dict[str, otlp.Value] = {
        "gen_ai.usage.input_tokens": truth.prompt,
        "gen_ai.usage.output_tokens": truth.candidates,
        "gen_ai.usage.total_tokens": truth.total,
    }
    return _base(truth) | counts


def _with_total(truth: Truth) -> dict[str, otlp.Value]:
    said = _traceloop(truth)
    return said | {semconv.TOTAL_TOKENS: said.pop("gen_ai.usage.total_tokens")}


def _official(truth: Truth) -> dict[str, otlp.Value]:
    counts: dict[str, otlp.Value] = {
        "gen_ai.usage.input_tokens": truth.prompt,
        "gen_ai.usage.text.input_tokens": truth.prompt,
        "gen_ai.usage.output_tokens": truth.candidates + truth.thoughts,
        "gen_ai.usage.reasoning.output_tokens": truth.thoughts,
    }
    return _base(truth) | counts


def _streamed(truth: Truth) -> dict[str, otlp.Value]:
    """The official one on a stream of three chunks, each of which repeats the thoughts."""
    output = truth.candidates + 3 * truth.thoughts
    changes: dict[str, otlp.Value] = {
        "gen_ai.usage.output_tokens": output,
        "gen_ai.request.stream": True,
    }
    return _official(truth) | _said(truth) | changes


def _openlit(truth: Truth) -> dict[str, otlp.Value]:
    counts: dict[str, otlp.Value] = {
        "gen_ai.usage.input_tokens": truth.prompt,
        "gen_ai.usage.output_tokens": truth.candidates,
        "gen_ai.usage.reasoning_tokens": truth.thoughts,
        "gen_ai.client.token.usage": truth.prompt + truth.candidates,
    }
    return _base(truth) | counts


def _openinference(truth: Truth) -> dict[str, otlp.Value]:
    return {
        "openinference.span.kind": "LLM",
        "llm.provider": "google",
        "llm.model_name": "gemini-2.5-flash",
        "llm.token_count.prompt": truth.prompt + truth.tool_use,
        "llm.token_count.prompt_details.cache_read": truth.cached,
        "llm.token_count.completion": truth.candidates + truth.thoughts,
        "llm.token_count.completion_details.reasoning": truth.thoughts,
        "llm.token_count.total": truth.total,
    }


Speaker = Callable[[Truth], Mapping[str, otlp.Value]]
OFFICIAL = "opentelemetry.instrumentation.google_genai"
SPEAKERS: Mapping[str, tuple[str, Speaker]] = {
    "OpenLLMetry": (
        "opentelemetry.instrumentation.google_generativeai",
        lambda t: _traceloop(t) | _said(t),
    ),
    "OpenLLMetry, content off": ("opentelemetry.instrumentation.google_generativeai", _traceloop),
    "OpenTelemetry": (OFFICIAL, lambda truth: _official(truth) | _said(truth)),
    "OpenTelemetry, content off": (OFFICIAL, _official),
    "OpenTelemetry, streaming": (OFFICIAL, _streamed),
    "OpenLIT": ("openlit.instrumentation.google_ai_studio", _openlit),
    "OpenInference": ("openinference.instrumentation.google_genai", _openinference),
    "anybody with a total": ("any", _with_total),
}


def told(speaker: str, truths: Sequence[Truth]) -> list[dict[str, Any]]:
    """What the collector makes of calls that used this, as an instrumentation tells them."""
    scope, say = SPEAKERS[speaker]
    spans = [otlp.call(number, attributes=say(truth)) for number, truth in enumerate(truths)]
    batch = CHAIN.run(read([otlp.payload(spans, scope=scope)]).decoded.batch)
    rows: list[dict[str, Any]] = batch.spans.to_pylist()
    return rows


@pytest.mark.parametrize("speaker", SPEAKERS)
@settings(max_examples=6, deadline=None)
@given(truths=st.lists(TRUTHS, min_size=10, max_size=30))
def test_the_truth_lies_between_cost_and_upper_end(speaker: str, truths: list[Truth]) -> None:
    """And lines sum to the cost; exact means exact."""
    for row, truth in zip(told(speaker, truths), truths, strict=True):
        cost, upper = row["cost_pico_usd"], row["cost_upper_pico_usd"]
        assert sum(row[f"{line}_pico_usd"] for line in semconv.COST_LINES) == cost
        assert cost == truth.pico_usd if row["cost_status"] == "exact" else cost <= truth.pico_usd
        assert upper is None or upper >= truth.pico_usd


@pytest.mark.parametrize("speaker", SPEAKERS)
@settings(max_examples=6, deadline=None)
@given(truths=st.lists(TRUTHS, min_size=10, max_size=30))
def test_a_cost_that_was_right_is_not_lowered(speaker: str, truths: list[Truth]) -> None:
    """Where nothing was dropped, there is nothing to repair: no tools, no thoughts."""
    plain = [truth._replace(tool_use=0, thoughts=0) for truth in truths]
    for row, truth in zip(told(speaker, plain), plain, strict=True):
        assert row["cost_pico_usd"] == truth.pico_usd
        assert row["repairs"] is None


def test_thoughts_that_a_total_reveals_are_priced_exactly() -> None:
    """With the prompt captured and no tools, what the total has beside is thoughts."""
    truths = [Truth(1_000, 500, 0, 100, thoughts) for thoughts in (1, 30, 70_000)]
    for row, truth in zip(told("OpenLLMetry", truths), truths, strict=True):
        assert (row["cost_pico_usd"], row["cost_status"]) == (truth.pico_usd, "exact")
        assert (row["thoughts_tokens"], row["repairs"]) == (truth.thoughts, "thoughts_added")


def test_what_may_be_either_is_priced_as_the_cheaper_and_bounded_by_the_dearer() -> None:
    """Nobody sees whether tools were used; the total has 300 beside."""
    (row,) = told("anybody with a total", [Truth(1_000, 0, 200, 100, 100)])

    assert row["cost_pico_usd"] == 1_300 * INPUT + 100 * OUTPUT
    assert row["cost_upper_pico_usd"] == 1_000 * INPUT + 400 * OUTPUT
    assert (row["cost_status"], row["cost_reasons"]) == ("lower_bound", "tokens_unassigned:300")


def test_a_modality_nobody_tells_is_priced_as_text_and_bounded_by_the_dearest() -> None:
    """Audio costs more than three times as much in this model; in one where all cost the same there is no doubt."""
    spans = []
    for number, model in enumerate(("gemini-2.5-flash", "gemini-2.5-pro")):
        truth = Truth(1_000, 0, 0, 100, 0)
        attributes: dict[str, otlp.Value] = {
            **_openinference(truth),
            "llm.model_name": model,
            "output.value": json.dumps({"usage_metadata": {}}),
        }
        spans.append(otlp.call(number, attributes=attributes))
    scope = SPEAKERS["OpenInference"][0]
    flash, pro = CHAIN.run(read([otlp.payload(spans, scope=scope)]).decoded.batch).spans.to_pylist()

    assert flash["cost_pico_usd"] == 1_000 * INPUT + 100 * OUTPUT
    assert flash["cost_upper_pico_usd"] == 1_000 * AUDIO + 100 * OUTPUT
    assert flash["cost_reasons"] == "modality_unreported"
    assert (pro["cost_status"], pro["cost_reasons"]) == ("exact", None)


@pytest.mark.parametrize("column", ["input_tokens", "output_tokens", "total_tokens"])
@pytest.mark.parametrize("count", [-(2**63), 2**63 - 1])
def test_the_farthest_number_a_span_can_hold_takes_no_other_call_with_it(
    column: str, count: int
) -> None:
    """What such a total misses would fit no column; that call is never exact, the next one is right."""
    plain = Truth(1_000, 0, 0, 100, 0)
    absurd = {**_with_total(plain), f"gen_ai.usage.{column}": count}
    spans = [otlp.call(1, attributes=absurd), otlp.call(2, attributes=_with_total(plain))]
    batch = CHAIN.run(read([otlp.payload(spans, scope="any")]).decoded.batch)
    odd, fine = batch.spans.to_pylist()
    assert (odd["cost_status"], odd["cost_pico_usd"]) in (
        ("unpriced", None),
        ("lower_bound", plain.pico_usd),
    )
    assert fine["cost_pico_usd"] == plain.pico_usd
