"""What was paid and may not have had to be: figures by Google's price page, and against SQL over single calls."""

from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from support.collector import RunningCollector
from support.otlp import NOON, SECOND, add_exchange, call, call_attributes, payload

from gemledger import semconv
from gemledger.pricing import Facts, Usage, load_book, price_exchange
from gemledger_collector.api.context_step import below_pico_usd
from gemledger_collector.storage.waste import StepGroup

PRO, STEP = "gemini-2.5-pro", 200_000
OUTCOMES: list[tuple[str | None, dict[str, Any]]] = [
    ("abandoned", {}),
    ("cancelled", {"error_type": "cancelled", "error_kind": "cancelled"}),
    ("error", {"error_type": "500", "error_kind": "server_error", "attempts": 2}),
    ("complete", {}),
    (None, {"response_finish_reasons": ["SAFETY"], "error_kind": "safety"}),
]
DAY = {"since": "2026-11-01T00:00:00Z", "until": "2026-11-02T00:00:00Z"}
# Picodollars per token of gemini-2.5-pro, from Google's price page: fresh input, cached input, output.
BASE = (1_250_000, 125_000, 10_000_000)
LONG = (2_500_000, 250_000, 15_000_000)


def prompt(number: int, tokens: int, cached: int = 0, **changes: Any) -> Any:
    """A call to the model with a price step, 1,000 tokens of answer."""
    attributes = call_attributes(
        request_model=PRO,
        response_model=PRO,
        input_tokens=tokens,
        cache_read_input_tokens=cached,
        output_tokens=1_000,
        **changes,
    )
    return call(number, start=NOON + number * SECOND, attributes=attributes)


def bill(rates: tuple[int, int, int], fresh: int, cached: int) -> int:
    """Tokens times rates."""
    return fresh * rates[0] + cached * rates[1] + 1_000 * rates[2]


def test_what_lies_just_above_the_step_is_told_with_its_cost_just_below(
    collector: RunningCollector,
) -> None:
    """Fresh tokens go first, then cached ones; the answer stays; at the step and far above it is not just above."""
    calls = [
        prompt(1, STEP),
        prompt(2, STEP + 1),
        prompt(3, 210_000, cached=5_000),
        prompt(4, 210_000, cached=205_000),
        prompt(5, 220_000),
        prompt(6, 220_001),
    ]
    assert collector.send(payload(calls)).status_code == 200
    told = collector.get("/api/v1/waste", **DAY)["context_step"]
    above = [(STEP + 1, 0), (205_000, 5_000), (5_000, 205_000), (220_000, 0)]
    below = [(STEP, 0), (195_000, 5_000), (0, STEP), (STEP, 0)]
    cost = sum(bill(LONG, *each) for each in above)
    row = {
        "model": PRO,
        "platform": "gemini_api",
        "service_tier": "standard",
        "step_tokens": STEP,
        "calls": 4,
        "prompt_tokens": 840_001,
        "above_tokens": 40_001,
        "cost_pico_usd": str(cost),
        "reckoned_calls": 4,
        "below_pico_usd": str(sum(bill(BASE, *each) for each in below)),
        "difference_pico_usd": str(cost - sum(bill(BASE, *each) for each in below)),
    }
    assert told["just_above"] == [row]
    assert (told["calls"], told["reckoned_calls"]) == (4, 4)
    assert told["difference_pico_usd"] == row["difference_pico_usd"]
    assert told["long_calls"] == 5
    assert told["long_cost_pico_usd"] == str(cost + bill(LONG, 220_001, 0))
    wider = collector.get("/api/v1/waste", **DAY, within=0.2)["context_step"]
    assert wider["calls"] == 5


def test_it_is_what_sql_finds_in_single_calls(collector: RunningCollector) -> None:
    """Streams by how they ended, blocked and failed calls, prompts above the step: narrowed alike."""
    teams = ("search", "growth")
    calls = [
        prompt(n, 190_000 + 1_000 * n, stream_state=state, attribution_team=teams[n % 2], **more)
        for n, (state, more) in enumerate(
            OUTCOMES * 6,
            1,
        )
    ]
    assert collector.send(payload(calls)).status_code == 200
    choices: list[dict[str, Any]] = [
        {},
        {"team": "growth"},
        {"team": ["growth", "search"]},
        {"team": "nobody"},
    ]
    for only in choices:
        told = collector.get("/api/v1/waste", **DAY, **only)
        names = [only["team"]] if isinstance(only.get("team"), str) else list(teams)
        chosen = ", ".join(f"'{name}'" for name in names)

        def by(column: str, condition: str, chosen: str = chosen) -> dict[str, tuple[int, str]]:
            """Calls and cost by a column, out of the view."""
            sql = (
                f"SELECT {column}, count(*), sum(cost_pico_usd)::varchar FROM calls "
                f"WHERE {condition} AND team IN ({chosen}) GROUP BY 1"
            )
            answer = collector.http.post("/api/v1/sql", json={"sql": sql}).json()
            return {name: (count, cost) for name, count, cost in answer["rows"]}

        streams = {each["state"]: _figures(each) for each in told["streams"]}
        assert streams == by("stream_state", "stream_state IN ('abandoned', 'cancelled', 'error')")
        kinds = {each["kind"]: _figures(each) for each in told["failed"]}
        if told["blocked"]["calls"]:
            kinds["safety"] = _figures(told["blocked"])
        assert kinds == by("error_kind", "error_kind IS NOT NULL")
        rows = {each["model"]: _figures(each) for each in told["context_step"]["just_above"]}
        assert rows == by("response_model", "input_tokens > 200000 AND input_tokens <= 220000")
    assert told["calls"] == 0


def _figures(row: dict[str, Any]) -> tuple[int, str]:
    return row["calls"], row["cost_pico_usd"]


def test_what_cannot_be_told_is_left_out_or_has_no_figure(collector: RunningCollector) -> None:
    """A call of several exchanges crossed no step as a whole; a model without a step has none."""
    several = prompt(1, 420_000, exchanges=2)
    for half in (205_000, 215_000):
        add_exchange(several, {semconv.INPUT_TOKENS: half, semconv.OUTPUT_TOKENS: 500})
    flash = call_attributes(input_tokens=210_000, output_tokens=10)
    collector.send(payload([several, call(2, attributes=flash)]))
    told = collector.get("/api/v1/waste", **DAY)["context_step"]
    assert told["just_above"] == []
    assert told["long_calls"] == 1  # and above it all the same
    assert told["difference_pico_usd"] == "0"


def test_an_empty_ledger_and_a_wrong_question(collector: RunningCollector) -> None:
    """Nothing is zero calls; an empty range and a band of nothing are refused in words."""
    told = collector.get("/api/v1/waste", **DAY)
    assert (told["calls"], told["streams"], told["failed"]) == (0, [], [])
    empty = {"since": DAY["until"], "until": DAY["since"]}
    answer = collector.http.get("/api/v1/waste", params=empty)
    assert answer.status_code == 400
    assert "until is not after since" in answer.text
    assert collector.http.get("/api/v1/waste", params=DAY | {"within": "7"}).status_code == 400


BOOK = load_book()


def _price(group: StepGroup, cut_fresh: int = 0, cut_cached: int = 0) -> Any:
    tokens = group.prompt_tokens + group.tool_use_tokens - cut_fresh - cut_cached
    output = group.output_tokens + group.thoughts_tokens
    cached = group.cache_read_tokens - cut_cached
    usage = Usage(tokens, output, cached, group.tool_use_tokens, group.thoughts_tokens)
    facts = Facts(group.platform, group.model, group.model, group.service_tier, group.first, usage)
    return price_exchange(BOOK, facts)


@given(
    model=st.sampled_from([PRO, "gemini-3.1-pro-preview"]),
    tier=st.sampled_from(["standard", "flex", "priority"]),
    above=st.integers(1, 20_000),
    cached=st.integers(0, STEP),
    counts=st.tuples(st.integers(0, 9_999), st.integers(0, 99_999), st.integers(0, 99_999)),
)
def test_the_cost_just_below_is_that_of_the_cut_call(
    model: str, tier: str, above: int, cached: int, counts: tuple[int, int, int]
) -> None:
    """To the pico, whatever the call used, it is what the price engine makes of the prompt at the step."""
    prompt_tokens = STEP + above
    fresh = min(above, prompt_tokens - cached)
    tool, output, thoughts = counts
    group = StepGroup(
        model=model,
        platform="gemini_api",
        service_tier=tier,
        region="global",
        first=NOON,
        calls=1,
        prompt_tokens=prompt_tokens,
        cache_read_tokens=cached,
        tool_use_tokens=tool,
        output_tokens=output,
        thoughts_tokens=thoughts,
        above_tokens=above,
        above_fresh_tokens=fresh,
        cost_pico_usd=0,
        paid={},
    )
    cost = _price(group)
    group = replace(group, cost_pico_usd=cost.total_pico_usd, paid=cost.by_class())
    cut = _price(group, fresh, above - fresh)
    assert below_pico_usd(BOOK, group) == cut.total_pico_usd
    disputed = replace(group, paid={**group.paid, "input": group.paid["input"] + 1})
    assert below_pico_usd(BOOK, disputed) is None  # something else had a say in its price
