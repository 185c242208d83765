"""A real Prometheus and a real Alertmanager on free ports, as child processes; scripts/install-test-system has them."""

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from support.waiting import eventually


def binary(*names: str) -> str:
    """The first of these programs that is installed; skips, saying so, where none is. CI always has them."""
    for name in names:
        found = shutil.which(name)
        if found is not None:
            return found
    message = f"no {names[0]} on the path; scripts/install-test-system installs it"
    if os.environ.get("CI"):
        pytest.fail(message)
    pytest.skip(message)


@contextmanager
def alertmanager(folder: Path, config: str) -> Iterator[httpx.Client]:
    """One that runs while the block does; a client of its API."""
    program = binary("prometheus-alertmanager", "alertmanager")
    file = folder / "alertmanager.yml"
    file.write_text(config)
    port = _free_port()
    arguments = [
        f"--config.file={file}",
        f"--storage.path={folder / 'alertmanager'}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--cluster.listen-address=",
    ]
    with _running(folder / "alertmanager.log", port, program, *arguments) as client:
        yield client


@contextmanager
def prometheus(folder: Path, config: str) -> Iterator[httpx.Client]:
    """One that runs while the block does; a client of its API."""
    program = binary("prometheus")
    file = folder / "prometheus.yml"
    file.write_text(config)
    port = _free_port()
    arguments = [
        f"--config.file={file}",
        f"--storage.tsdb.path={folder / 'prometheus'}",
        f"--web.listen-address=127.0.0.1:{port}",
    ]
    with _running(folder / "prometheus.log", port, program, *arguments) as client:
        yield client


@contextmanager
def _running(log: Path, port: int, program: str, *arguments: str) -> Iterator[httpx.Client]:
    url = f"http://127.0.0.1:{port}"
    with (
        log.open("wb") as said,
        subprocess.Popen([program, *arguments], stdout=said, stderr=said) as process,
        httpx.Client(base_url=url, trust_env=False, timeout=10) as client,
    ):
        try:
            eventually(lambda: _ready(client, process, log), bool, seconds=30)
            yield client
        finally:
            process.terminate()
            process.wait(20)


def _ready(client: httpx.Client, process: subprocess.Popen[bytes], log: Path) -> bool:
    assert process.poll() is None, log.read_text()
    try:
        return client.get("/-/ready").is_success
    except httpx.TransportError:
        return False


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port
