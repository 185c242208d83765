"""The simulator as a process and a command, its settings, and the webhook receiver."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading

import httpx
import pytest

from gemledger_simulator.engine import Engine
from gemledger_simulator.process import SimulatorError, SimulatorProcess
from gemledger_simulator.settings import Settings, SettingsError, fault_rates
from gemledger_simulator.webhook import WebhookReceiver

COMMAND = [sys.executable, "-m", "gemledger_simulator"]
REQUEST = {"contents": [{"parts": [{"text": "How heavy is the base station?"}]}]}


def _run(*flags: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *flags], capture_output=True, text=True, timeout=30, check=False
    )


def test_the_command_says_where_it_listens_and_ends_at_an_interrupt() -> None:
    """One line of JSON when it is ready, exit code 0 at Ctrl-C."""
    with subprocess.Popen([*COMMAND, "--port", "0"], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        url = json.loads(process.stdout.readline())["url"]
        assert httpx.get(url).status_code == 404
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 0


def test_the_command_ends_with_its_parent() -> None:
    """Whoever starts it holds its standard input; when that closes, it goes."""
    with subprocess.Popen(
        [*COMMAND, "--port=0", "--until-stdin-closes"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        assert process.stdin
        assert process.stdout.readline()
        process.stdin.close()
        assert process.wait(10) == 0


def test_help_has_an_example_and_names_every_setting() -> None:
    """A flag for each."""
    shown = _run("--help")
    assert shown.returncode == 0
    assert "example:" in shown.stdout
    for flag in (
        "--seed",
        "--latency-scale",
        "--judge-sensitivity",
        "--fault-rate",
        "--wrong-rate-hasty",
    ):
        assert flag in shown.stdout


@pytest.mark.parametrize(
    ("flags", "complaint"),
    [
        (("--judge-sensitivity", "1.5"), "judge_sensitivity is 1.5; give a share between 0 and 1"),
        (("--fault-rate", "flood=0.1"), "fault 'flood' is not one of 400"),
        (("--fault-rate", "429=often"), "give NAME=RATE"),
        (("--fault-rate", "429=0.6", "--fault-rate", "503=0.6"), "sum to more than 1"),
        (("--latency-scale", "-1"), "latency_scale is -1.0; give 0 or more"),
        (("--cache-blocks", "-1"), "cache_blocks is -1; give 0 or more"),
    ],
)
def test_a_wrong_setting_is_one_line_and_exit_code_two(
    flags: tuple[str, ...], complaint: str
) -> None:
    """No traceback, and what to give instead."""
    refused = _run("--port=0", *flags)
    assert refused.returncode == 2
    assert complaint in refused.stderr
    assert refused.stderr.count("\n") == 1


def test_a_port_in_use_is_one_line_and_exit_code_one() -> None:
    """It names the port."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        refused = _run("--port", str(port))
        assert refused.returncode == 1
        assert f"cannot listen on port {port}" in refused.stderr
        with pytest.raises(SimulatorError, match=f"cannot listen on port {port}"):
            SimulatorProcess(port=port)


def test_a_simulator_process_takes_its_settings_along_and_stops() -> None:
    """The child answers as an engine of the same settings does, and is gone afterwards."""
    settings = Settings(seed=99, wrong_rate_plain=1.0, fault_rates=fault_rates({"block": 0.0}))
    with SimulatorProcess(settings) as simulator:
        answered = httpx.post(
            f"{simulator.url}/v1/models/gemini-2.5-flash:generateContent",
            json=REQUEST,
            headers={"x-goog-api-key": "x"},
        )
        pid = simulator.pid
    assert (
        answered.json()["candidates"]
        == Engine(settings).respond("gemini-2.5-flash", REQUEST, 0).body["candidates"]
    )
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_latency_follows_its_scale() -> None:
    """At a tenth of a real model's latency an answer takes at least that long."""
    modelled = Engine().respond("gemini-2.5-pro", REQUEST, 0).latency_ms
    with SimulatorProcess(Settings(latency_scale=0.1)) as simulator:
        answered = httpx.post(
            f"{simulator.url}/v1/models/gemini-2.5-pro:generateContent",
            json=REQUEST,
            headers={"x-goog-api-key": "x"},
        )
    assert modelled > 500
    assert answered.elapsed.total_seconds() * 1000 >= modelled * 0.1


def test_settings_survive_their_way_through_flags() -> None:
    """Only what differs from the defaults is passed on."""
    assert Settings().as_flags() == []
    assert Settings(seed=-3, fault_rates=fault_rates({"429": 0.01})).as_flags() == [
        "--seed=-3",
        "--fault-rate=429=0.01",
    ]
    with pytest.raises(SettingsError):
        Settings(rude_rate_plain=2)


def test_a_webhook_receiver_keeps_what_arrives_and_calls_back() -> None:
    """Several threads may post; each body is kept once, and waiting ends when all are there."""
    heard: list[object] = []
    with WebhookReceiver(on_arrival=lambda body: heard.append(body["n"])) as receiver:
        posts = [
            threading.Thread(target=httpx.post, args=(receiver.url,), kwargs={"json": {"n": n}})
            for n in range(8)
        ]
        for post in posts:
            post.start()
        assert sorted(body["n"] for body in receiver.wait_for(8)) == list(range(8))
        for post in posts:
            post.join()
    assert sorted(map(str, heard)) == [str(n) for n in range(8)]


def test_a_webhook_receiver_can_refuse_at_first() -> None:
    """So that retries can be seen; refused bodies are kept apart."""
    with WebhookReceiver(statuses=[503]) as receiver:
        assert httpx.post(receiver.url, json={"try": 1}).status_code == 503
        assert httpx.post(receiver.url, json={"try": 2}).status_code == 200
        assert httpx.post(receiver.url, content=b"[]").status_code == 400
        assert httpx.post(receiver.url, content=b"nonsense").status_code == 400
        assert (receiver.refused, receiver.received) == ([{"try": 1}], [{"try": 2}])
        with pytest.raises(TimeoutError, match="1 of 2 webhooks"):
            receiver.wait_for(2, timeout_seconds=0.05)
