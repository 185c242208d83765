"""The collector's bill: in whole columns, to the same picodollar as one call priced alone."""

from dataclasses import dataclass
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from support.otlp import NOON, Value, add_exchange, call, call_attributes, payload

from gemledger import semconv
from gemledger.pricing import Facts, Usage, engine, load_book, price_exchange
from gemledger_collector.processors.chain import Chain
from gemledger_collector.processors.decode import decode

BOOK = load_book()
CHAIN = Chain(BOOK)
DAY = 86_400 * 10**9
MODELS = (
    "gemini-2.5-flash",
    "gemini-2.5-pro",
    "gemini-3.1-pro-preview",
    "gemini-4-argon",
    "gemini-3.8-flash",
    "no-such-model",
)
TOKENS = st.one_of(st.integers(0, 3000), st.integers(199_990, 200_010), st.integers(0, 10**6))


@dataclass(frozen=True)
class Priced:
    """One exchange as both sides see it."""

    facts: Facts
    attributes: dict[str, Value]


@st.composite
def exchanges(draw: st.DrawFn) -> Priced:
    """Any exchange: consistent totals, sometimes with audio, grounding, another tier or endpoint."""
    prompt, cached, tools = draw(TOKENS), draw(TOKENS), draw(st.sampled_from([0, 0, 50]))
    thoughts, answer = draw(st.integers(0, 5000)), draw(st.integers(0, 5000))
    audio, cached_audio = draw(st.sampled_from([(0, 0), (0, 0), (700, 300)]))
    usage = Usage(
        input_tokens=prompt + tools,
        output_tokens=answer + thoughts,
        cache_read=cached,
        tool_use=tools,
        thoughts=thoughts,
        input_by_modality={"audio": audio} if audio else {},
        cache_read_by_modality={"audio": cached_audio} if audio else {},
    )
    facts = Facts(
        platform=draw(st.sampled_from(["gemini_api", "vertex_ai"])),
        request_model=draw(st.sampled_from(MODELS)),
        response_model=draw(st.one_of(st.none(), st.sampled_from(MODELS))),
        tier=draw(st.sampled_from(["standard", "standard", "flex"])),
        at_unix_nano=NOON + draw(st.integers(-5, 100)) * DAY,
        usage=usage,
        region=draw(st.sampled_from(["global", "europe-west1"])),
        server_address=draw(
            st.sampled_from(["generativelanguage.googleapis.com", "127.0.0.1", "proxy.example"])
        ),
        grounded=draw(st.booleans()),
        reasons=draw(st.sampled_from([(), ("partial_usage",), ("tier_assumed", "total_mismatch")])),
    )
    return Priced(facts, attributes_of(facts, usage))


def attributes_of(facts: Facts, usage: Usage) -> dict[str, Value]:
    """The exchange as a span tells of it."""
    return call_attributes(
        platform=facts.platform,
        request_model=facts.request_model,
        response_model=facts.response_model,
        service_tier=facts.tier,
        account_location=facts.region,
        server_address=facts.server_address,
        input_tokens=usage.input_tokens,
        output_tokens=usage.output_tokens,
        cache_read_input_tokens=usage.cache_read,
        tool_use_input_tokens=usage.tool_use or None,
        reasoning_output_tokens=usage.thoughts,
        grounded_prompts=1 if facts.grounded else None,
        cost_reasons=list(facts.reasons),
    ) | {
        semconv.modality_tokens("audio", direction): counts["audio"]
        for direction, counts in (
            ("input_tokens", usage.input_by_modality),
            ("cache_read.input_tokens", usage.cache_read_by_modality),
        )
        if counts
    }


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
    span = call(
        1, attributes={**drawn[0].attributes, semconv.COST_REASONS: []}, start=shared.at_unix_nano
    )
    for each in drawn:
        add_exchange(span, each.attributes)
    neighbours = [] if alone else [call(2), call(3)]
    row = billed(payload([*neighbours[:1], span, *neighbours[1:]]))[0 if alone else 1]
    assert_billed(row, engine.combine(price_exchange(BOOK, each) for each in facts))


def only(**changes: Value) -> dict[str, Any]:
    """The bill of one ordinary call with changed attributes."""
    return billed(payload([call(1, attributes=call_attributes(**changes))]))[0]


def test_a_refused_request_costs_nothing_and_that_is_exact() -> None:
    """4xx and 5xx are not charged."""
    row = only(
        error_type="429", input_tokens=None, output_tokens=None, cache_read_input_tokens=None
    )
    assert (row["cost_status"], row["cost_pico_usd"]) == ("exact", 0)


def test_an_answer_without_usage_is_unpriced_not_free() -> None:
    """Nobody knows what it cost."""
    row = only(input_tokens=None, output_tokens=None, cache_read_input_tokens=None)
    assert (row["cost_status"], row["cost_pico_usd"], row["cost_reasons"]) == (
        "unpriced",
        None,
        "no_usage",
    )


def test_impossible_counts_are_unpriced_and_not_stored() -> None:
    """Negative or beyond a thousand million: no money is made of it, and nothing overflows."""
    for wrong in (-1, 2**62):
        row = only(input_tokens=wrong)
        assert (row["cost_status"], row["cost_reasons"]) == ("unpriced", "impossible_usage")
        assert row["input_tokens"] is None


def test_spans_of_other_providers_and_agents_have_no_status() -> None:
    """They stay outside every figure."""
    assert only(provider_name="openai")["cost_status"] is None
    assert only(operation_name="invoke_agent")["cost_status"] is None
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
