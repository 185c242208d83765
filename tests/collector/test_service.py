"""The whole process: how it starts, refuses to start, dies and comes back."""

import gzip
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from support.collector import PROTOBUF, RunningCollector, config_for
from support.otlp import NOON, SECOND, call, payload, payload_of

from gemledger_collector.errors import PortInUse, StoreLocked, UnsafeAddress

CHILD = """
import sys
from gemledger_collector.config import Config
from gemledger_collector.service import serve
config = Config.model_validate({
    "receivers": {
        "otlp": {
            "protocols": {"http": {"endpoint": "127.0.0.1:0"}, "grpc": {"enabled": False}}
        }
    },
    "exporters": {"duckdb": {"path": sys.argv[1]}},
})
sys.exit(serve(config, on_ready=lambda ready: print(ready.url, flush=True)))
"""


@dataclass
class Child:
    """A collector in a process of its own."""

    path: Path
    process: subprocess.Popen[str] = field(init=False)
    url: str = field(init=False)

    def __post_init__(self) -> None:
        """Start it and wait until it is ready."""
        self.process = subprocess.Popen(
            [sys.executable, "-c", CHILD, str(self.path)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        self.url = self.process.stdout.readline().strip()
        assert self.url, self.process.communicate()[1]

    def end(self, number: signal.Signals) -> int:
        """Send a signal and wait; the exit code."""
        os.kill(self.process.pid, number)
        self.process.communicate(timeout=30)
        return self.process.returncode

    def select(self, sql: str) -> list[list[int]]:
        """Rows of a SELECT."""
        answer = httpx.post(
            f"{self.url}/api/v1/query", json={"sql": sql}, trust_env=False, timeout=30
        )
        rows: list[list[int]] = answer.json()["rows"]
        return rows


def test_a_port_in_use_is_one_clear_line(tmp_path: Path) -> None:
    """With the setting that helps; no traceback."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        endpoint = f"127.0.0.1:{taken.getsockname()[1]}"
        config = config_for(tmp_path / "x.duckdb", http={"endpoint": endpoint})
        with pytest.raises(PortInUse) as caught, RunningCollector(config):
            pass
    assert f"cannot listen on {endpoint}" in str(caught.value)
    assert "receivers.otlp.protocols.http.endpoint" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_address_that_others_can_reach_is_refused(tmp_path: Path) -> None:
    """There are no tokens yet."""
    config = config_for(tmp_path / "x.duckdb", http={"endpoint": "0.0.0.0:0"})
    with pytest.raises(UnsafeAddress, match="not a loopback address"), RunningCollector(config):
        pass


def test_a_second_collector_on_the_same_file_is_told_who_has_it(tmp_path: Path) -> None:
    """And the first goes on."""
    first = Child(tmp_path / "x.duckdb")
    with (
        pytest.raises(StoreLocked, match=f"in use by process {first.process.pid}"),
        RunningCollector(config_for(first.path)),
    ):
        pass
    assert first.select("select 1") == [[1]]
    assert first.end(signal.SIGTERM) == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_collector_ends_cleanly_on_a_signal(tmp_path: Path, number: signal.Signals) -> None:
    """Exit code 0, and a checkpointed file without a log."""
    child = Child(tmp_path / "x.duckdb")
    answer = httpx.post(
        f"{child.url}/v1/traces", content=payload_of(1), headers=PROTOBUF, trust_env=False
    )
    assert answer.status_code == 200
    assert child.end(number) == 0
    assert sorted(file.name for file in tmp_path.iterdir()) == ["x.duckdb"]


def send_until_killed(url: str, first: int, acknowledged: list[int]) -> None:
    """Batches of twenty new calls; the numbers of those that were acknowledged."""
    with httpx.Client(base_url=url, trust_env=False, timeout=30) as client:
        for number in range(first, first + 100_000, 20):
            numbers = range(number, number + 20)
            body = gzip.compress(
                payload([call(each, start=NOON + each * SECOND) for each in numbers]), 1
            )
            try:
                answer = client.post(
                    "/v1/traces", content=body, headers=PROTOBUF | {"Content-Encoding": "gzip"}
                )
            except httpx.HTTPError:
                return
            if answer.status_code == 200:
                acknowledged.extend(numbers)


def test_killed_at_any_moment_it_loses_no_acknowledged_span_and_counts_none_twice(
    tmp_path: Path,
) -> None:
    """Three rounds of SIGKILL under load over the same file; afterwards everything is sent once more."""
    path = tmp_path / "x.duckdb"
    acknowledged: list[int] = []
    for round_number in range(3):
        child = Child(path)
        begun = len(acknowledged)
        senders = [
            threading.Thread(
                target=send_until_killed,
                args=(child.url, round_number * 10**6 + sender * 10**5, acknowledged),
            )
            for sender in range(3)
        ]
        for sender in senders:
            sender.start()
        while len(acknowledged) < begun + 400:
            threading.Event().wait(0.005)
        assert child.end(signal.SIGKILL) == -signal.SIGKILL
        for sender in senders:
            sender.join()
    survivor = Child(path)
    sent = {int.from_bytes(call(number).span_id) for number in acknowledged}
    stored = [row[0] for row in survivor.select("select span_id from calls")]
    assert sent <= set(stored), "an acknowledged span is missing"
    assert len(stored) == len(set(stored)), "a span was counted twice"
    assert survivor.select("select sum(calls) from ledger") == [[len(stored)]]
    again = payload([call(each, start=NOON + each * SECOND) for each in acknowledged[:500]])
    httpx.post(f"{survivor.url}/v1/traces", content=again, headers=PROTOBUF, trust_env=False)
    assert survivor.select("select count(*) from calls") == [[len(stored)]]
    assert survivor.end(signal.SIGTERM) == 0


@pytest.fixture(scope="module")
def idle(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCollector]:
    """One collector for questions that change nothing."""
    with RunningCollector(
        config_for(
            tmp_path_factory.mktemp("idle") / "x.duckdb",
            extensions={"api": {"allowed_hosts": ["ledger.example.com"]}},
        )
    ) as running:
        yield running


def test_health_and_readiness_answer(idle: RunningCollector) -> None:
    """For whatever watches the process."""
    assert idle.get("/healthz") == {"status": "ok"}
    assert idle.get("/readyz") == {"status": "ready"}


def test_metrics_are_prometheus_text(idle: RunningCollector) -> None:
    """Every metric with help and type, counters at zero before anything happened."""
    answer = idle.http.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert "# TYPE gemledger_collector_spans_accepted_total counter" in answer.text
    assert idle.metric("gemledger_collector_queue_limit_bytes") == 64 * 2**20
    assert idle.metric("gemledger_collector_store_bytes") > 0


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost:1", 200),
        ("127.0.0.1", 200),
        ("[::1]:9", 200),
        ("LEDGER.example.com", 200),
        ("evil.example", 421),
        ("", 421),
        ("127.0.0.1.evil.example", 421),
    ],
)
def test_only_known_names_in_the_host_header_are_answered(
    idle: RunningCollector, host: str, status: int
) -> None:
    """A web page under another name cannot reach the collector through somebody's browser."""
    for path in ("/healthz", "/v1/traces"):
        answer = idle.http.get(path, headers={"Host": host})
        assert answer.status_code in ({status} if path == "/healthz" else {status, 405})
    if status == 421:
        assert "extensions.api.allowed_hosts" in answer.json()["error"]["message"]


def test_no_other_origin_is_allowed(idle: RunningCollector) -> None:
    """No CORS header, whoever asks."""
    answer = idle.http.get("/api/v1/status", headers={"Origin": "https://evil.example"})
    assert not [name for name in answer.headers if name.startswith("access-control")]


def test_an_unknown_path_is_told_in_the_shape_of_every_error(idle: RunningCollector) -> None:
    """With what to do."""
    answer = idle.http.get("/api/v1/nope")
    assert answer.status_code == 404
    assert answer.json() == {
        "error": {
            "type": "not_found",
            "message": "nothing is at /api/v1/nope; the routes are listed at /docs",
        }
    }
    assert idle.http.delete("/healthz").json()["error"]["type"] == "method"


def test_the_api_describes_itself(idle: RunningCollector) -> None:
    """OpenAPI with every route of the contract."""
    paths = idle.get("/openapi.json")["paths"]
    routes = ("spend", "alerts", "budgets", "quality", "evaluations", "query", "status")
    assert {f"/api/v1/{route}" for route in routes} <= set(paths)


def test_status_tells_what_came_in_and_what_is_held(collector: RunningCollector) -> None:
    """Counters since the start, figures of the store."""
    before = collector.get("/api/v1/status")
    assert (before["calls"], before["last_commit_at"], before["earliest_call"]) == (0, None, None)
    assert collector.send(payload_of(1, 2)).status_code == 200
    assert collector.send(payload_of(2)).status_code == 200
    assert collector.send(b"\xff").status_code == 400
    after = collector.get("/api/v1/status")
    assert after["spans"] == {
        "accepted": 2,
        "duplicate": 1,
        "rejected": 1,
        "refused": 0,
        "repaired": 0,
    }
    assert (after["calls"], after["earliest_call"]) == (2, "2026-11-01T12:00:00Z")
    assert after["store"]["path"].endswith("ledger.duckdb")
    assert after["last_commit_at"].endswith("Z")
    assert after["price_book"]
