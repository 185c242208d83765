"""Real traffic through the whole path: SDK, instrumentation, OTLP, collector, DuckDB, query."""

import csv
import json
import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from support.processes import CollectorProcess, run_gemledger

from gemledger_cli.children import gemledger

INPUT_PICO_USD_PER_TOKEN = 300_000
"""gemini-2.5-flash, standard tier: 0.30 USD per million input tokens; no dated step."""
OUTPUT_PICO_USD_PER_TOKEN = 2_500_000
"""… and 2.50 USD per million output tokens."""

REPLAYED_ROWS = int(os.environ.get("REPLAYED_ROWS", "5000"))
"""A quarter of the hour by default; REPLAYED_ROWS=19366 is all of it, and takes a minute and a half."""

TOTALS = """
SELECT count(*) AS calls, sum(input_tokens) AS input_tokens, sum(output_tokens) AS output_tokens,
       sum(cost_pico_usd) AS cost_pico_usd, count(*) FILTER (WHERE cost_status = 'exact') AS exact
FROM calls
"""


@pytest.fixture
def azure(shared_data: Path) -> Path:
    """One hour of production requests: 19,366 rows."""
    return shared_data / "azure" / "AzureLLMInferenceTrace_conv.csv"


def expected(trace: Path, rows: int | None = None) -> dict[str, int]:
    """What the bill must say, computed from the file alone."""
    with trace.open() as lines:
        counts = [
            (int(row["ContextTokens"]), int(row["GeneratedTokens"]))
            for row in csv.DictReader(lines)
        ][:rows]
    prompt, answer = sum(count[0] for count in counts), sum(count[1] for count in counts)
    return {
        "calls": len(counts),
        "input_tokens": prompt,
        "output_tokens": answer,
        "cost_pico_usd": prompt * INPUT_PICO_USD_PER_TOKEN + answer * OUTPUT_PICO_USD_PER_TOKEN,
        "exact": len(counts),
    }


@pytest.mark.slow
@pytest.mark.shared_data
def test_production_traffic_is_billed_to_the_picodollar(
    start_collector: Callable[..., CollectorProcess], azure: Path
) -> None:
    """Every replayed row of the trace is one call in the store, and the total equals the file's own sum."""
    whole = expected(azure)
    assert whole["calls"] == 19_366
    assert (whole["input_tokens"], whole["output_tokens"]) == (22_361_870, 4_088_665)
    collector = start_collector()
    report = run_gemledger(
        *("replay", str(azure), "--format", "azure", "--speed", "max", "--json"),
        *("--limit", str(REPLAYED_ROWS)),
        OTEL_EXPORTER_OTLP_ENDPOINT=collector.url,
    )
    assert report.returncode == 0, report.stderr
    truth = expected(azure, REPLAYED_ROWS)
    assert truth["calls"] == min(REPLAYED_ROWS, 19_366)
    assert collector.query(TOTALS) == [truth]
    assert json.loads(report.stdout)["spans_dropped"] == 0


@pytest.mark.slow
@pytest.mark.shared_data
def test_a_collector_killed_in_mid_replay_loses_and_doubles_nothing(
    start_collector: Callable[..., CollectorProcess], azure: Path
) -> None:
    """After SIGKILL and a restart within five seconds the store holds each span exactly once."""
    collector = start_collector()
    rows = 4_000
    replay = subprocess.Popen(
        gemledger("replay", str(azure), "--format", "azure", "--limit", str(rows), "--json"),
        env={
            **os.environ,
            "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url,
            "OTEL_BSP_SCHEDULE_DELAY": "200",
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    wait_for_calls(collector, rows // 8, replay)
    for _ in range(2):
        collector.kill()
        assert replay.poll() is None, "the replay ended before the collector was killed"
        collector.start()
        wait_for_calls(collector, 1, replay)
    output, _ = replay.communicate(timeout=300)
    report = json.loads(output)
    assert (replay.returncode, report["spans_dropped"]) == (0, 0)
    assert collector.query(TOTALS) == [expected(azure, rows)]
    doubles = (
        "SELECT count(*) AS doubles FROM (SELECT 1 FROM calls GROUP BY span_id HAVING count(*) > 1)"
    )
    assert collector.query(doubles) == [{"doubles": 0}]


def wait_for_calls(
    collector: CollectorProcess, at_least: int, replay: subprocess.Popen[bytes]
) -> None:
    """Return once that many calls are committed."""
    deadline = time.monotonic() + 60
    while collector.get("/api/v1/status")["calls"] < at_least:
        assert replay.poll() is None, "the replay ended early"
        assert time.monotonic() < deadline, f"{at_least} calls did not arrive within a minute"
        time.sleep(0.05)


def test_a_bad_row_is_named_by_file_line_and_column_and_nothing_is_sent(
    start_collector: Callable[..., CollectorProcess], tmp_path: Path
) -> None:
    """A broken trace file is one clear line, exit code 2, and no call at all."""
    collector = start_collector()
    trace = tmp_path / "mine.csv"
    trace.write_text("prompt_tokens,output_tokens\n12,3\n12,many\n")
    report = run_gemledger(
        "replay", str(trace), "--format", "csv", OTEL_EXPORTER_OTLP_ENDPOINT=collector.url
    )
    assert report.returncode == 2
    assert report.stderr.count("\n") == 1
    assert all(part in report.stderr for part in ("mine.csv:3", "column output_tokens", "many"))
    assert collector.query("SELECT count(*) AS calls FROM calls") == [{"calls": 0}]


def test_replay_without_a_collector_says_how_to_start_one(tmp_path: Path) -> None:
    """Nothing listens: one line, exit code 1, within a moment."""
    trace = tmp_path / "mine.csv"
    trace.write_text("prompt_tokens,output_tokens\n12,3\n")
    report = run_gemledger(
        "replay", str(trace), "--format", "csv", OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:9"
    )
    assert report.returncode == 1
    assert "gemledger serve" in report.stderr
    assert "Traceback" not in report.stderr


def test_a_trace_of_ones_own_carries_cached_and_thinking_tokens_and_who_pays(
    start_collector: Callable[..., CollectorProcess], tmp_path: Path
) -> None:
    """The csv format states every token class; the ledger prices each at its own rate."""
    collector = start_collector()
    trace = tmp_path / "mine.csv"
    trace.write_text(
        "model,prompt_tokens,cached_tokens,output_tokens,thoughts_tokens,team\n"
        "gemini-2.5-pro,1000,400,50,30,search\n"
        "gemini-2.5-flash-lite,10,0,5,0,growth\n"
    )
    report = run_gemledger(
        "replay", str(trace), "--format", "csv", OTEL_EXPORTER_OTLP_ENDPOINT=collector.url
    )
    assert report.returncode == 0, report.stderr
    rows = collector.query(
        "SELECT team, input_tokens, cache_read_tokens, output_tokens, thoughts_tokens, cost_pico_usd"
        " FROM calls ORDER BY team"
    )
    pro = 600 * 1_250_000 + 400 * 125_000 + 80 * 10_000_000
    lite = 10 * 100_000 + 5 * 400_000
    assert [list(row.values()) for row in rows] == [
        ["growth", 10, 0, 5, 0, lite],
        ["search", 1000, 400, 80, 30, pro],
    ]
