"""An answer is given in one process and liked in another, with a collector that is away at first."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.apps import CALLS, finished, start_app
from support.collector import RunningCollector, config_for

from gemledger_simulator.process import SimulatorProcess


@pytest.fixture(scope="module")
def simulator() -> Iterator[SimulatorProcess]:
    """A Gemini that costs nothing."""
    with SimulatorProcess() as process:
        yield process


ANSWERING = """
with gemledger.attribution(feature="chat", prompt_version="v7", user_id="u-17"):
    response = call(1)
    chunks = list(client.models.generate_content_stream(model="gemini-2.5-flash", contents="Hello"))
say(response=response.response_id, stream=chunks[-1].response_id)
gemledger.feedback(chunks[-1], score=0.75)
assert gemledger.flush(20)
"""
LIKING = """
gemledger.init("web")
gemledger.feedback(os.environ["ANSWER"], thumbs="down", comment="I am anna@example.com", user_id="u-17")
assert "google.genai" not in sys.modules
"""


def test_an_answer_of_yesterday_s_process_is_liked_by_today_s(
    tmp_path: Path, simulator: SimulatorProcess
) -> None:
    """The call's team, feature and version are the feedback's; a process that just ends has delivered it."""
    with RunningCollector(config_for(tmp_path / "ledger.duckdb")) as collector:
        environ = {
            "SIMULATOR": simulator.url,
            "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url,
            "GEMLEDGER_SPOOL_DIR": str(tmp_path / "spool"),
        }
        (answered,) = finished(
            start_app(CALLS, ANSWERING, OTEL_TRACES_SAMPLER="always_on", **environ)
        )
        finished(
            start_app(
                LIKING, OTEL_TRACES_SAMPLER="always_off", ANSWER=answered["response"], **environ
            )
        )
        rows = collector.get("/api/v1/feedback", comments=True)["feedback"]
        calls = collector.select("select count(*) from calls")
        counted = collector.get("/api/v1/feedback/summary", by=["feature", "prompt_version"])
    by_id = {row["response_id"]: row for row in rows}
    assert set(by_id) == set(answered.values())
    liked = by_id[answered["response"]]
    assert (liked["thumbs"], liked["comment"], liked["matched"]) == ("down", "I am [email]", True)
    assert by_id[answered["stream"]]["score"] == 0.75
    assert {(row["feature"], row["prompt_version"], row["user_id"]) for row in rows} >= {
        ("chat", "v7", "u-17")
    }
    assert calls == [[2]]
    (chat,) = counted["rows"]
    assert (chat["feature"], chat["down"], chat["scored"]) == ("chat", 1, 1)
