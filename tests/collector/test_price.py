"""The collector's bill: in whole columns, to the same picodollar as one call priced alone."""

from dataclasses import dataclass
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from support.otlp import NOON, Value, add_exchange, call, call_attributes, payload

from gemledger import semconv
from gemledger.pricing import Book, Facts, Usage, engine, load_book, price_exchange
from gemledger.pricing.terms import Terms
from gemledger_collector.processors.chain import Chain
from gemledger_collector.processors.decode import decode

BOOK = load_book()
CHAIN = Chain(BOOK)
HOUR = 3600 * 10**9
MODELS = (
    "gemini-2.5-flash",
    "gemini-2.5-pro",
    "gemini-3.1-pro-preview",
    "gemini-3.1-flash-lite",
    "gemini-3.1-flash-image",
    "gemini-3.8-flash-tts",
    "gemini-4-argon",
    "gemini-4-carbon",
    "gemini-3.8-flash",
    "veo-3.1-fast-generate-preview",
    "no-such-model",
)
TIERS = ("standard", "standard", "standard", "flex", "priority", "batch", "deferred")
TOKENS = st.one_of(st.integers(0, 3000), st.integers(199_990, 200_010), st.integers(0, 10**6))
FEW = st.sampled_from([0, 0, 0, 1, 3])
DECEMBER, JANUARY = 1_796_083_200 * 10**9, 1_798_761_600 * 10**9
"""The two dated switches of price in the book."""
STARTS = st.one_of(
    st.integers(NOON - 120 * HOUR, NOON + 2400 * HOUR),
    st.integers(DECEMBER - 20 * HOUR, DECEMBER + 20 * HOUR),
    st.integers(JANUARY - 20 * HOUR, JANUARY + 20 * HOUR),
    st.sampled_from([DECEMBER - 8 * HOUR, DECEMBER - 1, DECEMBER, DECEMBER + 8 * HOUR]),
)
STATED = (
    (),
    (),
    (),
    ("partial_usage",),
    ("tier_assumed",),
    ("tier_assumed", "total_mismatch"),
    ("cached_modality_unknown",),
    ("tool_modality_assumed",),
    ("grounding_unreported",),
    ("impossible_usage",),
    ("no_rate:tool_use.smell",),
)


@dataclass(frozen=True)
class Priced:
    """One exchange as both sides see it."""

    facts: Facts
    attributes: dict[str, Value]


@st.composite
def usages(draw: st.DrawFn) -> Usage | None:
    """Any usage that a span can tell of: with and without details, contradictory ones included."""
    if draw(st.integers(0, 9)) == 0:
        return None
    prompt, cached, tools = draw(TOKENS), draw(TOKENS), draw(st.sampled_from([0, 0, 50, 90_000]))
    thoughts, answer = draw(st.integers(0, 5000)), draw(st.integers(0, 5000))
    parts = st.dictionaries(
        st.sampled_from(semconv.MODALITIES[1:]), st.integers(1, 2000), max_size=2
    )
    outputs = draw(parts) if draw(st.booleans()) else {}
    return Usage(
        input_tokens=prompt + tools,
        output_tokens=answer + thoughts,
        cache_read=cached,
        tool_use=tools,
        thoughts=thoughts,
        input_by_modality=draw(parts),
        cache_read_by_modality=draw(parts) if draw(st.booleans()) else {},
        output_by_modality=outputs,
        output_detailed=sum(outputs.values()) + draw(st.sampled_from([0, answer])),
    )


@st.composite
def quantities(draw: st.DrawFn) -> dict[str, int]:
    """What a response shows of things billed by the piece."""
    maps = draw(FEW)
    counts = {
        "grounding_query": draw(FEW),
        "grounded_prompt": draw(FEW),
        "maps_query": maps,
        "maps_prompt": maps,
        "enterprise_prompt": draw(FEW),
        "image": draw(FEW),
        "video_second": draw(FEW),
    }
    return {unit: count for unit, count in counts.items() if count}


@st.composite
def exchanges(draw: st.DrawFn) -> Priced:
    """Any exchange: tiers, dates, endpoints, modalities, searches, doubts."""
    counts = draw(quantities()) if draw(st.booleans()) else {}
    reasons = draw(st.sampled_from(STATED))
    searched = bool(counts.keys() - {"image", "video_second"}) or "grounding_unreported" in reasons
    facts = Facts(
        platform=draw(st.sampled_from(["gemini_api", "vertex_ai"])),
        request_model=draw(st.sampled_from(MODELS)),
        response_model=draw(st.one_of(st.none(), st.sampled_from(MODELS))),
        tier=draw(st.sampled_from(TIERS)),
        at_unix_nano=draw(STARTS),
        usage=draw(usages()),
        region=draw(st.sampled_from(["global", "europe-west1"])),
        server_address=draw(
            st.sampled_from(["generativelanguage.googleapis.com", "127.0.0.1", "proxy.example"])
        ),
        quantities=counts,
        resolution=draw(st.sampled_from(["", "", "1080p", "4k"])) if counts else "",
        tool_tokens=draw(st.sampled_from(["free", "mixed"])) if searched else "billed",
        reasons=reasons,
    )
    return Priced(facts, attributes_of(facts))


def attributes_of(facts: Facts) -> dict[str, Value]:
    """The exchange as the app's span tells of it, with the reasons the app found."""
    usage, units = facts.usage, facts.quantities
    attributes = call_attributes(
        platform=facts.platform,
        request_model=facts.request_model,
        response_model=facts.response_model,
        service_tier=facts.tier,
        account_location=facts.region,
        server_address=facts.server_address,
        input_tokens=None,
        output_tokens=None,
        cache_read_input_tokens=None,
        grounding_queries=units.get("grounding_query"),
        grounded_prompts=units.get("grounded_prompt"),
        maps_queries=units.get("maps_query"),
        enterprise_prompts=units.get("enterprise_prompt"),
        images=units.get("image"),
        video_seconds=units.get("video_second"),
        resolution=facts.resolution or None,
        cost_reasons=list(price_exchange(BOOK, facts).reasons),
    )
    return attributes | (usage_attributes(usage) if usage is not None else {})


def usage_attributes(usage: Usage) -> dict[str, Value]:
    """Token counts under their names; text is told where details are."""
    attributes: dict[str, Value] = {
        semconv.INPUT_TOKENS: usage.input_tokens,
        semconv.OUTPUT_TOKENS: usage.output_tokens,
        semconv.CACHE_READ_INPUT_TOKENS: usage.cache_read,
        semconv.REASONING_OUTPUT_TOKENS: usage.thoughts,
    }
    if usage.tool_use:
        attributes[semconv.TOOL_USE_INPUT_TOKENS] = usage.tool_use
    text = usage.output_detailed - sum(usage.output_by_modality.values())
    for direction, counts in (
        ("input_tokens", usage.input_by_modality),
        ("cache_read.input_tokens", usage.cache_read_by_modality),
        ("output_tokens", {**usage.output_by_modality, "text": text}),
    ):
        for modality, count in counts.items():
            attributes[semconv.modality_tokens(modality, direction)] = count
    return attributes


def billed(*requests: bytes) -> list[dict[str, Any]]:
    """What the collector makes of payloads."""
    rows: list[dict[str, Any]] = CHAIN.run(decode(requests).batch).spans.to_pylist()
    return rows


def assert_billed(row: dict[str, Any], cost: engine.Cost) -> None:
    """The collector's columns say what the engine says."""
    assert row["cost_status"] == cost.status
    assert row["cost_pico_usd"] == cost.total_pico_usd
    assert (row["cost_reasons"] or "") == ",".join(cost.reasons)
    assert (row["price_row"] or "") == ",".join(cost.rows)
    assert row["cost_upper_pico_usd"] == cost.upper_pico_usd
    by_class = cost.by_class()
    for line in semconv.COST_LINES:
        expected = None if cost.total_pico_usd is None else by_class.get(line, 0)
        assert row[f"{line}_pico_usd"] == expected, line


@settings(max_examples=120, deadline=None)
@given(st.lists(exchanges(), min_size=1, max_size=12))
def test_a_batch_is_priced_to_the_pico_as_each_call_alone(drawn: list[Priced]) -> None:
    """Vectorised and scalar pricing agree on cost, lines, status, reasons and row."""
    spans = [
        call(number, attributes=each.attributes, start=each.facts.at_unix_nano)
        for number, each in enumerate(drawn)
    ]
    for row, each in zip(billed(payload(spans)), drawn, strict=True):
        assert_billed(row, price_exchange(BOOK, each.facts))


@settings(max_examples=80, deadline=None)
@given(st.lists(exchanges(), min_size=2, max_size=4), st.booleans())
def test_a_call_of_several_exchanges_costs_the_sum_of_theirs(
    drawn: list[Priced], alone: bool
) -> None:
    """Each exchange has its own price step and tier; what the call shares is taken from the call."""
    shared = drawn[0].facts
    facts = [
        each.facts._replace(
            platform=shared.platform,
            request_model=shared.request_model,
            response_model=each.facts.response_model or shared.response_model,
            region=shared.region,
            server_address=shared.server_address,
            at_unix_nano=shared.at_unix_nano,
        )
        for each in drawn
    ]
    expected = engine.combine(price_exchange(BOOK, each) for each in facts)
    own = {**attributes_of(shared), semconv.COST_REASONS: list(expected.reasons)}
    span = call(1, attributes=own, start=shared.at_unix_nano)
    for each in facts:
        add_exchange(span, attributes_of(each))
    neighbours = [] if alone else [call(2), call(3)]
    row = billed(payload([*neighbours[:1], span, *neighbours[1:]]))[0 if alone else 1]
    assert_billed(row, expected)


def only(**changes: Value) -> dict[str, Any]:
    """The bill of one ordinary call with changed attributes."""
    return billed(payload([call(1, attributes=call_attributes(**changes))]))[0]


def test_a_refused_request_costs_nothing_and_that_is_exact() -> None:
    """4xx and 5xx are not charged."""
    row = only(
        error_type="429", input_tokens=None, output_tokens=None, cache_read_input_tokens=None
    )
    assert (row["cost_status"], row["cost_pico_usd"]) == ("exact", 0)


def test_a_call_that_failed_before_anything_was_sent_costs_nothing() -> None:
    """No try was made: whatever went wrong, Google has nothing to charge for."""
    nothing: dict[str, Value] = dict.fromkeys(
        ("input_tokens", "output_tokens", "cache_read_input_tokens")
    )
    row = only(error_type="ValueError", attempts=0, **nothing)
    assert (row["cost_status"], row["cost_pico_usd"]) == ("exact", 0)
    answered = only(error_type="ValueError", attempts=1, **nothing)
    assert answered["cost_status"] == "unpriced"


def the_sum(*, long_context: bool | None, **changes: Value) -> dict[str, Any]:
    """The bill of a span that stands for calls which a sampler left out."""
    attributes = call_attributes(
        request_model="gemini-2.5-pro",
        response_model="gemini-2.5-pro",
        unsampled_calls=3,
        unsampled_long_context=long_context,
        **changes,
    )
    span = call(1, attributes=attributes)
    span.name = semconv.UNSAMPLED_SPAN
    return billed(payload([span]))[0]


def test_the_context_step_of_a_sum_is_what_its_sender_says() -> None:
    """Three prompts of 150,000 tokens are below the step, and of 250,000 above it; their sum cannot tell."""
    below = the_sum(long_context=False, input_tokens=450_000, output_tokens=0)
    above = the_sum(long_context=True, input_tokens=750_000, output_tokens=0)
    assert (below["cost_pico_usd"], below["long_context"]) == (450_000 * 1_250_000, False)
    assert (above["cost_pico_usd"], above["long_context"]) == (750_000 * 2_500_000, True)


def test_the_doubts_of_a_sum_are_those_of_each_of_its_calls() -> None:
    """Whether tool tokens made the step unclear only the calls themselves knew: it is taken from the reasons."""
    call_of_each = {"input_tokens": 630_000, "tool_use_input_tokens": 60_000, "output_tokens": 0}
    plain = the_sum(long_context=False, **call_of_each)
    unclear = the_sum(long_context=False, cost_reasons=["context_step_unclear"], **call_of_each)
    assert (plain["cost_status"], plain["cost_upper_pico_usd"]) == ("exact", None)
    assert (unclear["cost_status"], unclear["cost_reasons"]) == (
        "estimated",
        "context_step_unclear",
    )
    assert unclear["cost_pico_usd"] == plain["cost_pico_usd"] == 630_000 * 1_250_000
    assert unclear["cost_upper_pico_usd"] == 630_000 * 2_500_000


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(1, 99_000), st.integers(1, 1000), st.integers(0, 2)),
        min_size=1,
        max_size=5,
    ),
    st.integers(DECEMBER - 20 * HOUR, DECEMBER + 20 * HOUR),
    st.sampled_from(["gemini-2.5-pro", "gemini-4-argon", "gemini-3.8-flash"]),
)
def test_a_sum_costs_what_its_calls_cost_together(
    calls: list[tuple[int, int, int]], start: int, model: str
) -> None:
    """Total, lines and upper end, however many calls were left out of the sample; all have the same doubts."""
    facts = [
        Facts(
            "gemini_api",
            model,
            model,
            "flex",
            start,
            Usage(2 * cached, output, cached),
            server_address="localhost",
            quantities={"grounding_query": queries, "grounded_prompt": 1} if queries else {},
            reasons=("tier_assumed",),
        )
        for cached, output, queries in calls
    ]
    expected = engine.combine(price_exchange(BOOK, each) for each in facts)
    cached = sum(hit for hit, _, _ in calls)
    together = Usage(2 * cached, sum(output for _, output, _ in calls), cached)
    searched = {
        unit: sum(each.quantities.get(unit, 0) for each in facts)
        for unit in ("grounding_query", "grounded_prompt")
    }
    whole = facts[0]._replace(usage=together, quantities={k: v for k, v in searched.items() if v})
    attributes = {
        **attributes_of(whole),
        semconv.COST_REASONS: list(expected.reasons),
        semconv.UNSAMPLED_CALLS: len(calls),
        semconv.UNSAMPLED_LONG_CONTEXT: False,
    }
    span = call(1, attributes=attributes, start=start)
    span.name = semconv.UNSAMPLED_SPAN
    assert_billed(billed(payload([span]))[0], expected)


def test_the_bill_follows_the_terms_of_the_collector_and_not_of_the_app() -> None:
    """Free tier, allowance: the collector's book decides, whatever the app's said."""
    chain = Chain(Book(BOOK.version, BOOK.models(), Terms(billing="free")))
    said = call_attributes(cost_reasons=["inferred_rate"], grounding_queries=2)
    row = chain.run(decode([payload([call(1, attributes=said)])]).batch).spans.to_pylist()[0]
    assert (row["cost_pico_usd"], row["cost_status"], row["cost_reasons"]) == (
        0,
        "exact",
        "free_tier",
    )
    assert (row["price_row"], row["grounding_pico_usd"]) == (None, 0)


def test_an_answer_without_usage_is_unpriced_not_free() -> None:
    """Nobody knows what it cost."""
    row = only(input_tokens=None, output_tokens=None, cache_read_input_tokens=None)
    assert (row["cost_status"], row["cost_pico_usd"], row["cost_reasons"]) == (
        "unpriced",
        None,
        "no_usage",
    )


def test_a_thousand_million_searches_are_no_bill() -> None:
    """Their price would not fit 64 bits: it once came out negative, and exact."""
    row = only(grounded_prompts=10**9)
    assert (row["cost_status"], row["cost_reasons"]) == ("unpriced", "impossible_usage")
    row = only(grounded_prompts=10**6)
    assert row["cost_pico_usd"] > 10**12


def test_impossible_counts_are_unpriced_and_not_stored() -> None:
    """Negative or beyond a thousand million: no money is made of it, and nothing overflows."""
    for wrong in (-1, 2**62):
        row = only(input_tokens=wrong)
        assert (row["cost_status"], row["cost_reasons"]) == ("unpriced", "impossible_usage")
        assert row["input_tokens"] is None


def test_spans_of_other_providers_agents_and_live_sessions_have_no_status() -> None:
    """They stay outside every figure: of a Live session the turns are billed."""
    assert only(provider_name="openai")["cost_status"] is None
    assert only(operation_name="invoke_agent")["cost_status"] is None
    assert only(operation_name="live_session")["cost_status"] is None
    assert only(operation_name="live_turn")["cost_status"] == "exact"
    assert only(operation_name=None)["cost_status"] is None


def test_names_from_before_the_convention_settled_are_understood() -> None:
    """The official instrumentation still says ``vertex_ai``."""
    row = only(
        provider_name="vertex_ai", platform=None, service_tier=None, traffic_type="ON_DEMAND"
    )
    assert (row["provider"], row["platform"], row["service_tier"]) == (
        "gcp.vertex_ai",
        "vertex_ai",
        "standard",
    )
    assert row["cost_pico_usd"] == 1000 * 300_000 + 100 * 2_500_000


def test_the_price_follows_the_date_of_the_call() -> None:
    """gemini-3.8-flash doubles at midnight UTC of 2027-01-01."""
    attributes = call_attributes(
        request_model="gemini-3.8-flash", response_model="gemini-3.8-flash"
    )
    new_year = 1_798_761_600 * 10**9
    spans = [
        call(1, attributes=attributes, start=new_year - 1),
        call(2, attributes=attributes, start=new_year),
    ]
    before, after = (row["cost_pico_usd"] for row in billed(payload(spans)))
    assert (before, after) == (1_125_000_000, 2_250_000_000)
    assert after == 2 * before


def test_what_the_app_reckoned_is_kept_where_it_differs() -> None:
    """The app's lines are evidence only when they are not ours."""
    mine = only(cost_pico_usd=550_000_000, cost_status="exact", price_book=BOOK.version)
    assert (mine["app_cost_pico_usd"], mine["app_price_book"]) == (550_000_000, None)
    other = only(cost_pico_usd=1, cost_status="exact", price_book="2020-01-01.1")
    assert (other["app_cost_pico_usd"], other["app_price_book"]) == (1, "2020-01-01.1")
