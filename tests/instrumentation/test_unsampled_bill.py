"""The bill is the same to the pico with a sampler and without: for calls of any kind."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from google.genai import errors, types
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, ALWAYS_ON
from support.sampled import MINUTE, MODEL, VERTEX, Sampled, answer, asked

from gemledger import semconv
from gemledger.pricing import Facts, Usage, load_book, price_exchange
from gemledger.pricing.cells import billable_cells
from gemledger.unsampled import alike
from gemledger.usage import read_usage

DECEMBER = int(datetime(2026, 12, 1, tzinfo=UTC).timestamp()) * 10**9


def repriced(attributes: Mapping[str, Any], start: int, *, long: bool | None) -> int:
    """What somebody else makes of the figures on a span, as the collector does; 0 where they have no price."""

    def by_modality(direction: str) -> dict[str, int]:
        names = {m: semconv.modality_tokens(m, direction) for m in semconv.MODALITIES}
        return {m: attributes[name] for m, name in names.items() if name in attributes}

    if attributes.get(semconv.INPUT_TOKENS) is None:
        return 0
    outputs = by_modality("output_tokens")
    quantities = {
        unit: attributes[name]
        for unit, name in (
            ("grounding_query", semconv.GROUNDING_QUERIES),
            ("grounded_prompt", semconv.GROUNDED_PROMPTS),
        )
        if name in attributes
    }
    usage = Usage(
        attributes[semconv.INPUT_TOKENS],
        attributes[semconv.OUTPUT_TOKENS],
        attributes[semconv.CACHE_READ_INPUT_TOKENS],
        attributes.get(semconv.TOOL_USE_INPUT_TOKENS, 0),
        attributes.get(semconv.REASONING_OUTPUT_TOKENS, 0),
        {m: count for m, count in by_modality("input_tokens").items() if m != "text"},
        {m: count for m, count in by_modality("cache_read.input_tokens").items() if m != "text"},
        {m: count for m, count in outputs.items() if m != "text"},
        sum(outputs.values()),
    )
    facts = Facts(
        attributes[semconv.PLATFORM],
        attributes[semconv.REQUEST_MODEL],
        attributes.get(semconv.RESPONSE_MODEL),
        attributes[semconv.SERVICE_TIER],
        start,
        usage,
        attributes.get(semconv.CLOUD_REGION, "global"),
        attributes[semconv.SERVER_ADDRESS],
        quantities,
        "",
        "free" if quantities else "billed",
        tuple(attributes.get(semconv.COST_REASONS, ())),
    )
    return price_exchange(load_book(), facts, long_context=long).total_pico_usd or 0


def repriced_span(span: ReadableSpan) -> int:
    """The same for a whole span: by its exchanges where it tells of several."""
    attributes: dict[str, Any] = dict(span.attributes or {})
    start = span.start_time or 0
    if not span.events:
        return repriced(attributes, start, long=attributes.get(semconv.UNSAMPLED_LONG_CONTEXT))
    shared = {name: value for name, value in attributes.items() if ".usage." not in name}
    return sum(
        repriced({**shared, **dict(event.attributes or {})}, start, long=None)
        for event in span.events
    )


COUNT = st.integers(0, 300_000)
SMALL = st.integers(0, 3000)
DETAILS = st.lists(
    st.builds(
        types.ModalityTokenCount,
        modality=st.sampled_from(["TEXT", "IMAGE", "AUDIO", "VIDEO", "DOCUMENT"]),
        token_count=SMALL,
    ),
    max_size=3,
)
GROUNDING = st.none() | st.builds(
    types.GroundingMetadata,
    web_search_queries=st.lists(st.sampled_from(["a", "b", ""]), max_size=3),
    grounding_chunks=st.just([types.GroundingChunk(web=types.GroundingChunkWeb(uri="x"))]),
)


@st.composite
def responses(draw: st.DrawFn) -> types.GenerateContentResponse:
    """Answers of every kind, consistent or not."""
    prompt = draw(SMALL | COUNT)
    found = answer(
        prompt,
        draw(SMALL),
        model=draw(
            st.sampled_from(
                [
                    MODEL,
                    "gemini-2.5-pro",
                    "gemini-3.1-pro-preview",
                    "gemini-4-argon",
                    "gemini-9-oxygen",
                ]
            )
        ),
        tier=draw(st.sampled_from(["standard", "flex", "priority", "gold"])),
        cached_content_token_count=draw(st.none() | st.integers(0, prompt) | SMALL),
        thoughts_token_count=draw(SMALL),
        tool_use_prompt_token_count=draw(st.just(0) | SMALL),
        prompt_tokens_details=draw(st.none() | DETAILS),
        cache_tokens_details=draw(st.none() | DETAILS),
        candidates_tokens_details=draw(st.none() | DETAILS),
    )
    assert found.candidates
    found.candidates[0].grounding_metadata = draw(GROUNDING)
    if draw(st.integers(0, 9)) == 0:
        found.usage_metadata = None
    return found


REQUESTS = st.sampled_from(
    [asked(), asked(endpoint=VERTEX), asked("gemini-2.5-pro", labels={"tenant": "acme"})]
)
CALLS = st.lists(
    st.tuples(
        REQUESTS,
        st.lists(responses(), min_size=1, max_size=3),
        st.none() | st.just(errors.ServerError(503, {})),
        st.integers(-2, 2),  # quarters of an hour around a change of prices
    ),
    min_size=1,
    max_size=12,
)


def by_status(side: Sampled) -> dict[str, tuple[int, int, int]]:
    """Calls, picoUSD and upper bound by how sure they are."""
    found: dict[str, tuple[int, int, int]] = {}
    for span in side.spans:
        attributes: dict[str, Any] = dict(span.attributes or {})
        status = attributes["gemledger.cost.status"]
        calls, pico, upper = found.get(status, (0, 0, 0))
        found[status] = (
            calls + attributes.get("gemledger.unsampled.calls", 1),
            pico + attributes.get("gemledger.cost.pico_usd", 0),
            upper + attributes.get("gemledger.cost.upper_pico_usd", 0),
        )
    return found


@given(CALLS)
def test_the_bill_is_the_same_to_the_pico_whatever_is_sampled(calls: Any) -> None:
    """Sums add up to what the calls cost one by one, in the app's figures and in those of who prices them again."""
    sampled, unsampled = Sampled(ALWAYS_ON), Sampled(ALWAYS_OFF)
    for request, answers, error, quarter in calls:
        for side in (sampled, unsampled):
            side.now = DECEMBER + quarter * 15 * MINUTE
            side.call(*answers, request=request, error=error)
    unsampled.sums.close()

    def total(side: Sampled, name: str) -> int:
        every: list[dict[str, Any]] = [dict(span.attributes or {}) for span in side.spans]
        return sum(one.get(name, 0) for one in every)

    assert len(sampled.spans) == len(calls) == total(unsampled, "gemledger.unsampled.calls")
    assert by_status(sampled) == by_status(unsampled)
    for line in ("", *(f"{line}." for line in semconv.COST_LINES)):
        name = f"gemledger.cost.{line}pico_usd"
        assert total(unsampled, name) == total(sampled, name)
    for name in (semconv.INPUT_TOKENS, semconv.OUTPUT_TOKENS, semconv.EXCHANGES):
        assert total(unsampled, name) == total(sampled, name)
    bills = [sum(repriced_span(span) for span in side.spans) for side in (sampled, unsampled)]
    assert bills[0] == bills[1] == total(sampled, semconv.COST_PICO_USD)


@given(st.lists(responses(), min_size=2, max_size=5))
def test_cells_of_a_sum_are_the_sum_of_cells_wherever_it_is_claimed(answers: Any) -> None:
    """The rule behind the key, checked on the arithmetic of the price itself."""
    usages = [read_usage(a.usage_metadata).usage for a in answers if a.usage_metadata]  # type: ignore[union-attr]  # counts are given
    linear = [usage for usage in usages if alike.is_linear(usage)]
    counts: list[Any] = [sum(usage[place] for usage in linear) for place in range(5)]
    counts += [_added(usage[place] for usage in linear) for place in range(5, 8)]
    summed = Usage._make([*counts, 0])
    expected = _added(billable_cells(usage) for usage in linear)
    found = billable_cells(summed)
    assert {c: n for c, n in found.items() if n} == {c: n for c, n in expected.items() if n}


def _added(counts: Any) -> dict[str, int]:
    sums: dict[str, int] = {}
    for one in counts:
        for name, count in one.items():
            sums[name] = sums.get(name, 0) + count
    return sums
