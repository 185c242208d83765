"""When the judge model fails, or says something else than was asked: error rows, never a score."""

import http.server
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from gemledger_collector.judge.judging import Halt
from gemledger_collector.storage import evaluations
from gemledger_simulator.process import SimulatorProcess
from gemledger_simulator.settings import Settings, fault_rates

from .conftest import MINUTE, Bench, all_rounds, message, point_sdk_at


def test_a_judge_that_fails_leaves_error_rows_and_is_asked_a_bounded_number_of_times(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An error is never a score; after the last attempt the answer rests."""
    bench.answer()
    with SimulatorProcess(Settings(fault_rates=fault_rates({"503": 1.0}))) as broken:
        point_sdk_at(monkeypatch, broken.url)
        judging = bench.judging(max_attempts=2, retry_after="1m")
        now = time.time_ns()
        assert judging.round(now).halt is Halt.FAILING
        assert judging.round(now + MINUTE // 2).halt is Halt.DONE, "asked again before its time"
        assert judging.round(now + 2 * MINUTE).errors == 1
        assert judging.round(now + 9 * MINUTE).halt is Halt.DONE
    rows = bench.rows()
    assert len(rows) == 2
    assert {(row["label"], row["score"]) for row in rows} == {(None, None)}
    assert all("503" in row["error"] for row in rows)


def test_after_an_error_the_verdict_of_a_later_attempt_counts(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, perfect_simulator: SimulatorProcess
) -> None:
    """The last row is what counts: one judgement, no error left."""
    bench.answer(wrong=True)
    now = time.time_ns()
    with judge_that_says("I would rather talk about the weather.") as url:
        point_sdk_at(monkeypatch, url)
        assert bench.judging().round(now).errors == 1
    point_sdk_at(monkeypatch, perfect_simulator.url)
    assert bench.judging().round(now + 2 * MINUTE).judged == 1
    with bench.store.reading() as snapshot:
        (tally,) = evaluations.tallies(snapshot, 0, 2**62, [])
    assert (tally.judged, tally.bad, tally.errors) == (1, 1, 0)


@pytest.mark.parametrize(
    "said",
    [
        "The answer is fine.",
        '{"evidence": "x", "reason": "y", "label": "good", "score": 5}',
        '{"evidence": "x", "reason": "y", "label": "splendid", "score": 1}',
        '{"evidence": "x", "reason": "y", "label": "good"',
    ],
)
def test_a_judge_that_does_not_answer_in_the_asked_shape_is_an_error_row(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, said: str
) -> None:
    """Prose, a score out of range, an unknown label, half a JSON: never a guess."""
    bench.answer()
    with judge_that_says(said) as url:
        point_sdk_at(monkeypatch, url)
        assert bench.judging().round(time.time_ns()).errors == 1
    (row,) = bench.rows()
    assert row["label"] is None
    assert row["score"] is None
    assert row["error"].startswith("the judge")


def test_an_answer_without_text_is_an_error_row_and_costs_nothing(bench: Bench) -> None:
    """A function call has no tone: said once, no model asked."""
    call = json.dumps([{"role": "model", "parts": [{"type": "tool_call", "name": "lookup"}]}])
    bench.capture("How far?", "", output_messages=call)
    bench.answer()
    judging = bench.judging()
    assert all_rounds(judging) is Halt.DONE
    assert {row["error"] for row in bench.rows()} == {None, "the captured answer holds no text"}
    assert judging.round(time.time_ns() + 60 * MINUTE).halt is Halt.DONE


def test_captured_messages_may_be_cut_off(bench: Bench) -> None:
    """A capture limit can end a JSON in the middle: an error row, no crash."""
    bench.capture("How far?", "", output_messages=message("model", "160 metres")[:-8])
    all_rounds(bench.judging())
    (row,) = bench.rows()
    assert "no JSON" in row["error"]


@contextmanager
def judge_that_says(text: str) -> Iterator[str]:
    """A server that answers every generateContent with this text, whatever shape was asked for."""
    answer = {
        "candidates": [
            {"content": {"role": "model", "parts": [{"text": text}]}, "finishReason": "STOP"}
        ],
        "usageMetadata": {
            "promptTokenCount": 100,
            "candidatesTokenCount": 10,
            "totalTokenCount": 110,
        },
        "modelVersion": "gemini-2.5-flash-lite",
        "responseId": "said",
    }

    class Stubborn(http.server.BaseHTTPRequestHandler):
        """Answers the same, always."""

        def do_POST(self) -> None:
            """One answer."""
            self.rfile.read(int(self.headers["content-length"]))
            body = json.dumps(answer).encode()
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Says nothing else."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Stubborn)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
