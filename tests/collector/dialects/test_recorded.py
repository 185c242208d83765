"""Spans as released instrumentations really send them land, priced right, or say why they cannot be.

``scripts/record_dialects`` recorded them; cases.toml has what Gemini said, and what it truly cost.
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import pytest
from support.collector import RunningCollector, config_for
from support.dialects import CASES, PLANTED, model_of, recorded, spans_in

from gemledger import semconv
from gemledger.pricing.reasons import status_of


class Told(NamedTuple):
    """A call as the collector has it: cost and its upper end in picoUSD, reasons and repairs joined by commas."""

    cost: int | None
    upper: int | None = None
    reasons: str = ""
    repairs: str = ""


TOOLS = "tools_unreported"
EXCHANGES = "exchanges_unreported"
BOTH = "tools_unreported,modality_unreported"
OPENTELEMETRY: Mapping[str, Told] = {
    "tool_use": Told(550_000_000, None, TOOLS),
    "tool_use_thoughts": Told(1_300_000_000, None, TOOLS),
    "everything": Told(4_580_000_000, None, TOOLS),
    "functions": Told(152_500_000, None, EXCHANGES),
    "stream": Told(350_000_000, 475_000_000, "thoughts_repeated:50", "thoughts_repeated"),
    "stream_thoughts": Told(
        550_000_000, 1_300_000_000, "thoughts_repeated:300", "thoughts_repeated"
    ),
    "image": Told(407_400_000, repairs="media_removed"),
}
INEXACT: Mapping[str, Mapping[str, Told]] = {
    "opentelemetry": OPENTELEMETRY,
    "logfire": OPENTELEMETRY,
    "opentelemetry_without_content": {
        **{
            case: Told(int(CASES[case]["cost_pico_usd"]), None, TOOLS)
            for case in ("plain", "cached_thoughts", "audio", "image")
        },
        **{
            case: OPENTELEMETRY[case]
            for case in ("tool_use", "tool_use_thoughts", "everything", "functions")
        },
        "stream": Told(350_000_000, None, f"thoughts_repeated:50,{TOOLS}", "thoughts_repeated"),
        "stream_thoughts": Told(
            550_000_000, None, f"thoughts_repeated:300,{TOOLS}", "thoughts_repeated"
        ),
    },
    "openinference": {
        "tool_use": Told(700_000_000, repairs="usage_from_response"),
        "tool_use_thoughts": Told(1_450_000_000, repairs="usage_from_response"),
        "everything": Told(4_730_000_000, repairs="usage_from_response"),
        "functions": Told(152_500_000, None, EXCHANGES),
        "image": Told(407_400_000, repairs="media_removed"),
        "embedding": Told(None, None, "no_usage"),
    },
    "openllmetry": {
        "cached_thoughts": Told(3_670_000_000, repairs="thoughts_added"),
        "tool_use": Told(700_000_000, 1_800_000_000, "tokens_unassigned:500", "unassigned_added"),
        "tool_use_thoughts": Told(
            790_000_000, 2_550_000_000, "tokens_unassigned:800", "unassigned_added"
        ),
        "audio": Told(700_000_000, 2_100_000_000, "modality_unreported", "media_removed"),
        "everything": Told(
            2_060_000_000,
            7_650_000_000,
            "tokens_unassigned:1300,modality_unreported",
            "media_removed,unassigned_added",
        ),
        "functions": Told(152_500_000, None, EXCHANGES),
        "stream": Told(475_000_000, repairs="thoughts_added"),
        "stream_thoughts": Told(550_000_000, repairs="thoughts_added"),
        "image": Told(407_400_000, 1_288_000_000, "modality_unreported", "media_removed"),
    },
    "openlit": {
        "plain": Told(425_000_000, None, BOTH),
        "cached_thoughts": Told(3_670_000_000, None, BOTH, "thoughts_added"),
        "tool_use": Told(550_000_000, None, BOTH),
        "tool_use_thoughts": Told(1_300_000_000, None, BOTH, "thoughts_added"),
        "audio": Told(700_000_000, None, BOTH),
        "everything": Told(3_670_000_000, None, BOTH, "thoughts_added"),
        "functions": Told(152_500_000, None, BOTH),
        "stream": Told(475_000_000, None, BOTH, "thoughts_added"),
        "stream_thoughts": Told(550_000_000, None, BOTH, "thoughts_added"),
        "image": Told(407_400_000, None, BOTH),
    },
    "pydantic_ai": {},
    "langchain": {},
}
"""Dialect → case → what the collector makes of it, worked out by hand; every other case costs exactly the truth."""

MISSING = {
    "openllmetry": {"embedding"},  # it makes no span of it
    "openlit": {"embedding"},
    "pydantic_ai": {"stream", "stream_thoughts", "image", "embedding"},  # not played
    "langchain": {
        "audio",
        "everything",
        "functions",
        "stream",
        "stream_thoughts",
        "image",
        "embedding",
    },
}
DIALECTS = list(INEXACT)
PROVIDERS = {
    "openinference": "gcp.gen_ai",  # they cannot tell Gemini API from Vertex AI
    "openllmetry": "gcp.gen_ai",
    "pydantic_ai": "gcp.gen_ai",
}
SPANS = {
    "opentelemetry": 26,
    "logfire": 26,
    "opentelemetry_without_content": 26,
    "openinference": 24,
    "openllmetry": 23,
    "openlit": 23,
    "pydantic_ai": 32,
    "langchain": 26,
}
"""Spans in each recording: the calls, the roots of the cases, and what frameworks put between."""


@pytest.fixture(scope="module")
def collector(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCollector]:
    """A collector to which every instrumentation sent its recording."""
    path = tmp_path_factory.mktemp("dialects") / "ledger.duckdb"
    with RunningCollector(config_for(path)) as running:
        for dialect in DIALECTS:
            assert running.send_gzipped(recorded(dialect)).status_code == 200
        yield running


def calls(collector: RunningCollector, dialect: str, columns: str) -> dict[str, list[list[Any]]]:
    """Rows of every billed span of one recording, by the case it belongs to."""
    rows = collector.select(
        f"""
        select root.name, {columns} from spans s
        join spans root on root.trace_id = s.trace_id and root.parent_span_id is null
        where s.cost_status is not null and s.trace_id in ({_traces(dialect)})
        order by s.start_time_unix_nano
        """
    )
    found: dict[str, list[list[Any]]] = {}
    for root, *values in rows:
        found.setdefault(str(root).removeprefix("case "), []).append(values)
    return found


def _traces(dialect: str) -> str:
    ids = {span.trace_id.hex() for span in spans_in(dialect)}
    return ", ".join(f"'{trace}'" for trace in sorted(ids))


@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_call_costs_what_it_did_or_says_what_is_missing(
    collector: RunningCollector, dialect: str
) -> None:
    """Cost, upper end, reasons and repairs of each case, against what was worked out by hand."""
    columns = "s.cost_pico_usd, s.cost_upper_pico_usd, coalesce(s.cost_reasons, ''), coalesce(s.repairs, '')"
    found = calls(collector, dialect, columns)

    expected = CASES.keys() - MISSING.get(dialect, set())
    assert found.keys() == expected
    for case in expected - {"functions"} if dialect == "pydantic_ai" else expected:
        truth = Told(int(CASES[case]["cost_pico_usd"]))
        ((cost, upper, reasons, repairs),) = found[case]
        told = Told(_number(cost), _number(upper), reasons, repairs)
        assert told == INEXACT[dialect].get(case, truth), case


def _number(pico_usd: str | int | None) -> int | None:
    return None if pico_usd is None else int(pico_usd)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_truth_is_never_outside_what_is_claimed(
    collector: RunningCollector, dialect: str
) -> None:
    """Exact is exact; a lower bound is at most the truth, and an upper end at least."""
    columns = "s.cost_pico_usd, s.cost_upper_pico_usd, s.cost_status, coalesce(s.cost_reasons, '')"
    for case, rows in calls(collector, dialect, columns).items():
        truth = int(CASES[case]["cost_pico_usd"])
        statuses = {row[2] for row in rows}
        assert statuses == {status_of(filter(None, row[3].split(","))) for row in rows}
        if statuses == {"unpriced"}:
            continue
        total = sum(int(row[0]) for row in rows)
        assert total == truth if statuses == {"exact"} else total <= truth, case
        assert all(row[1] is None or int(row[1]) >= truth for row in rows), case


@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_span_is_kept_and_only_calls_are_billed(
    collector: RunningCollector, dialect: str
) -> None:
    """Agents, chains and tools are there for the trace; their tokens, which repeat the calls', cost nothing."""
    kept = collector.select(f"select count(*) from spans where trace_id in ({_traces(dialect)})")
    assert [[int(kept[0][0])]] == [[SPANS[dialect]]]
    assert len(spans_in(dialect)) == SPANS[dialect]

    for case, rows in calls(
        collector, dialect, "s.provider, s.request_model, s.error_type"
    ).items():
        for provider, model, error in rows:
            assert provider == PROVIDERS.get(dialect, "gcp.gemini")
            assert model == model_of(case)
            assert error == ("429" if case == "refused" else None)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_calls_have_the_response_id_that_doubles_are_matched_by(
    collector: RunningCollector, dialect: str
) -> None:
    """All but LangChain's, which tell none, and embeddings, which have none."""
    for case, rows in calls(collector, dialect, "s.response_id").items():
        for (response_id,) in rows:
            has_one = case not in ("refused", "embedding") and dialect != "langchain"
            assert (response_id is not None) == has_one, case


def test_lines_sum_to_the_cost_and_the_charges_to_the_ledger(collector: RunningCollector) -> None:
    """Whatever was repaired."""
    lines = " + ".join(f"coalesce({line}_pico_usd, 0)" for line in semconv.COST_LINES)
    rows = collector.select(
        f"select count(*), count(*) filter (cost_pico_usd <> {lines}) from spans where cost_pico_usd is not null"
    )
    assert [int(value) for value in rows[0]] == [84, 0]
    sums = collector.select(
        "select (select sum(cost_pico_usd) from charges)::varchar, (select sum(cost_pico_usd) from ledger)::varchar"
    )
    assert sums[0][0] == sums[0][1]


@pytest.mark.parametrize("table", ["spans", "contents", "ledger"])
def test_nothing_planted_can_be_read_anywhere(collector: RunningCollector, table: str) -> None:
    """Neither in attributes, nor in events, nor in what was captured, wherever a dialect puts it."""
    found = collector.select(f"select count(*) from {table} t where t::varchar like '%{PLANTED}%'")

    assert [int(row[0]) for row in found] == [0]


def test_what_was_said_is_in_contents_without_its_pictures(collector: RunningCollector) -> None:
    """Redacted, and the size of what was left out is told."""
    for dialect in set(DIALECTS) - {"opentelemetry_without_content"}:
        rows = collector.select(
            f"""
            select count(*) filter (where input_messages like '%[email]%'),
                count(*) filter (where output_messages like '%[email]%'),
                max(length(input_messages))
            from contents where model is not null and trace_id in ({_traces(dialect)})
            """
        )
        inputs, outputs, longest = (int(value) for value in rows[0])
        assert (inputs > 0) == (dialect != "openlit"), dialect  # whose prompts are empty lists
        assert outputs > 0, dialect
        assert longest < 1_000, dialect


def test_repairs_are_counted(collector: RunningCollector) -> None:
    """By what was mended, for whoever watches the collector."""
    name = 'gemledger_collector_spans_repaired_total{{reason="{}"}}'

    assert collector.metric(name.format("thoughts_added")) == 3 + 5
    assert collector.metric(name.format("thoughts_repeated")) == 3 * 2
    assert collector.metric(name.format("unassigned_added")) == 3
    assert collector.metric(name.format("usage_from_response")) == 3
