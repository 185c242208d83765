"""Applications that use gemledger, in processes of their own: real signals and kills need real processes."""

import json
import os
import socket
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from typing import Any

HEAD = """
import json, os, sys, time
import gemledger
def say(**facts): print(json.dumps(facts), flush=True)
"""
CALLS = """
provider = gemledger.init("shop")
from google import genai
client = genai.Client(api_key="k", http_options=genai.types.HttpOptions(base_url=os.environ["SIMULATOR"]))
def call(number):
    return client.models.generate_content(model="gemini-2.5-flash", contents=f"Hello {number}")
"""
SPANS = """
provider = gemledger.init("shop")
tracer = provider.get_tracer("app")
def end(name): tracer.start_span(name).end()
"""
TELL = """
from gemledger.setup import delivery
sent = delivery()
say(ended=sent.ended, delivered=sent.delivered, spooled=sent.spooled, dropped=sent.dropped)
"""


def start_app(*parts: str, **environ: str) -> subprocess.Popen[str]:
    """An application whose code is these parts, one after the other."""
    code = HEAD + "".join(textwrap.dedent(part) for part in parts)
    return subprocess.Popen(
        [sys.executable, "-c", code],
        env={**os.environ, **environ},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finished(app: subprocess.Popen[str], timeout_seconds: float = 60) -> list[Any]:
    """Everything the app said, once it has ended well."""
    output, errors = app.communicate(timeout=timeout_seconds)
    assert app.returncode == 0, errors
    return [json.loads(line) for line in output.splitlines()]


def heard(app: subprocess.Popen[str]) -> Any:
    """The next thing the app says."""
    assert app.stdout is not None
    line = app.stdout.readline()
    assert line, app.communicate()[1]
    return json.loads(line)


def unused_port() -> int:
    """A port on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def wait_until(condition: Callable[[], bool], what: str, timeout_seconds: float = 20) -> None:
    """Poll until it is so."""
    deadline = time.monotonic() + timeout_seconds
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain until {what}"
        time.sleep(0.02)
