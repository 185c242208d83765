"""Starting things from the command line, and what is said when they cannot start."""

import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from support.processes import CollectorProcess, run_gemledger

from gemledger_cli.addresses import free_port
from gemledger_cli.children import Child, gemledger


@pytest.fixture
def taken_port() -> Iterator[int]:
    """A port on which somebody listens."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def config(folder: Path, port: int, more: str = "") -> str:
    """A configuration file for that port, over a store of its own."""
    path = folder / "otel-config.yaml"
    path.write_text(
        f"receivers: {{otlp: {{protocols: {{http: {{endpoint: '127.0.0.1:{port}'}}, grpc: {{enabled: false}}}}}}}}\n"
        f"exporters: {{duckdb: {{path: {folder}/store.duckdb}}}}\n{more}"
    )
    return str(path)


def test_up_runs_collector_and_dashboard_and_ends_both_at_ctrl_c(tmp_path: Path) -> None:
    """Both answer, SIGINT ends both, and the exit code is 0."""
    collector, dashboard = free_port(), free_port()
    up = subprocess.Popen(
        gemledger(
            "up", "--config", config(tmp_path, collector), "--dashboard-port", str(dashboard)
        ),
        stdout=subprocess.PIPE,
        text=True,
    )
    Child("up", up).wait_until_ready(f"http://127.0.0.1:{dashboard}/_stcore/health")  # type: ignore[arg-type]  # text or bytes: not read
    assert httpx.get(f"http://127.0.0.1:{collector}/readyz", trust_env=False).status_code == 200
    up.send_signal(2)
    output, _ = up.communicate(timeout=30)
    assert up.returncode == 0, output
    assert f"http://127.0.0.1:{dashboard}" in output
    for port in (collector, dashboard):
        with pytest.raises(httpx.ConnectError):
            httpx.get(f"http://127.0.0.1:{port}/", trust_env=False)


def test_up_says_which_part_could_not_start(tmp_path: Path, taken_port: int) -> None:
    """The collector's own clear line is seen, and up ends with 1."""
    up = run_gemledger("up", "--config", config(tmp_path, taken_port), "--dashboard-port", "0")
    assert up.returncode == 1
    assert str(taken_port) in up.stderr
    assert "Traceback" not in up.stderr


@pytest.mark.parametrize("command", ["dashboard", "demo"])
def test_a_taken_dashboard_port_is_one_clear_line(command: str, taken_port: int) -> None:
    """The port is named, and the option that chooses another."""
    option = "--port" if command == "dashboard" else "--dashboard-port"
    extra = ["--collector-port", "0"] if command == "demo" else []
    answer = run_gemledger(command, option, str(taken_port), *extra)
    assert answer.returncode == 1
    assert answer.stderr.count("\n") == 1
    assert str(taken_port) in answer.stderr
    assert option in answer.stderr


def test_serve_refuses_a_taken_port_in_one_line(tmp_path: Path, taken_port: int) -> None:
    """No traceback; the port is named."""
    answer = run_gemledger("serve", "--config", config(tmp_path, taken_port))
    assert answer.returncode == 1
    assert str(taken_port) in answer.stderr
    assert "Traceback" not in answer.stderr


def test_a_collector_loads_nothing_that_it_has_no_use_for(tmp_path: Path, taken_port: int) -> None:
    """Where pandas is installed for the dashboard, Arrow would load it: 0.3 s and 40 MB of every collector."""
    serve = ["-m", *gemledger("serve", "--config", config(tmp_path, taken_port))[2:]]
    told = subprocess.run(
        [sys.executable, "-X", "importtime", *serve], capture_output=True, text=True, check=False
    )
    # Python names what was asked for and refused, too, but nothing that is inside of it.
    loaded = {line.rpartition("|")[2].strip() for line in told.stderr.splitlines()}
    assert {"pyarrow.lib", "httpx._client"} <= loaded
    assert not {"pandas.core", "rich.progress"} & loaded


def test_a_store_that_another_collector_has_open_is_named(
    start_collector: Callable[..., CollectorProcess], tmp_path: Path
) -> None:
    """Two collectors over one file: the second does not start, and says why."""
    first = start_collector()
    store = first.config.read_text().partition("duckdb: {path: ")[2].partition("}")[0]
    second = tmp_path / "second.yaml"
    second.write_text(
        "receivers: {otlp: {protocols: {http: {endpoint: '127.0.0.1:0'}, grpc: {enabled: false}}}}\n"
        f"exporters: {{duckdb: {{path: {store}}}}}\n"
    )
    answer = run_gemledger("serve", "--config", str(second))
    assert answer.returncode == 1
    assert store in answer.stderr
    assert answer.stderr.count("\n") == 1


def test_a_wrong_configuration_is_explained_and_nothing_starts(tmp_path: Path) -> None:
    """Path, value and remedy, by `check-config` and by `serve` alike; exit code 2."""
    path = config(tmp_path, 0, "extensions: {judge: {daily_budget: 5}}\n")
    for arguments in (["check-config", path], ["serve", "--config", path]):
        answer = run_gemledger(*arguments)
        assert answer.returncode == 2
        assert "extensions.judge.daily_budget" in answer.stderr
        assert "daily_budget_usd" in answer.stderr


def test_the_sample_configuration_is_valid() -> None:
    """otel-config.yaml in the repository is one the collector starts with."""
    sample = Path(__file__).parents[2] / "otel-config.yaml"
    for arguments in ([str(sample)], ["--config", str(sample)]):
        answer = run_gemledger("check-config", *arguments)
        assert (answer.returncode, answer.stdout) == (0, f"{sample} is valid.\n")
