"""Running the application that is full of personal data: once with a collector, once with none that answers."""

import json
import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

from support.processes import CollectorProcess

from gemledger.redaction import KINDS as REDACTED
from gemledger_cli.addresses import free_port
from gemledger_simulator.process import SimulatorProcess

from .trail import ATTRIBUTES, Trail

PICTURE = "bytes of a picture"
STORED = (
    "prompt",
    "system instruction",
    "answer",
    "thought",
    "streamed answer",
    "tool arguments",
    "tool result",
    "tool description",
    "tool call of an answer",
    "text beside a picture",
    "sentence the judge quotes",
    "text that is embedded",
    "first turn of a chat",
    "address of a file",
    "input of an interaction",
    "instruction of an interaction",
    "comment of a user",
)
"""Places whose text is in the store where content is on and nothing is redacted."""
OF_TOOLS = (
    "attribute by a tool",
    "list by a tool",
    "event by a tool",
    "exception noted by a tool",
    "resource of the app",
)
"""The same, but for hosts and IP addresses: they stand in attributes, and stay."""
NEVER_STORED = (
    PICTURE,
    "name of a file",
    "exception in a tool",
    "error of Google's",
    "exception of the app's",
    "content of a cache",
    "display name of a cache",
    "request of a batch",
    "name of a batch",
    "question of a live session",
    "answer of a live session",
    "instruction of a live session",
)
"""What no setting stores."""
ON_DISK = "prompt that waits on disk"


def run_the_app(
    trail: Trail, collector: CollectorProcess, simulator: SimulatorProcess, *, redacting: bool
) -> None:
    """The real SDK in a process of its own."""
    texts = {place: trail.plant(place, stored=True) for place in STORED}
    texts |= {place: trail.plant(place, stored=True, kinds=ATTRIBUTES) for place in OF_TOOLS}
    texts |= {place: trail.plant(place, stored=False) for place in NEVER_STORED}
    texts["the app's own key"] = trail.garden.value("the app's own key", "api_key google")
    environ = _environment(trail, simulator, collector.url, redacting=redacting)
    environ["OTEL_RESOURCE_ATTRIBUTES"] = f"owner.note={quote(texts['resource of the app'])}"
    _run(trail, texts, environ, "app")


def run_without_a_collector(
    trail: Trail, simulator: SimulatorProcess, *, redacting: bool
) -> list[Path]:
    """The same app, of which everything waits on disk: what it left there."""
    texts = {
        ON_DISK: trail.plant(ON_DISK, stored=False),
        "the app's own key": trail.garden.value("the app's own key", "api_key google"),
    }
    nobody = f"http://127.0.0.1:{free_port()}"
    environ = _environment(trail, simulator, nobody, redacting=redacting)
    _run(trail, texts, environ | {"OFFLINE": "1"}, "offline")
    left = [path for path in Path(environ["GEMLEDGER_SPOOL_DIR"]).rglob("*") if path.is_file()]
    trail.others += left
    return left


def _environment(
    trail: Trail, simulator: SimulatorProcess, collector_url: str, *, redacting: bool
) -> dict[str, str]:
    return {
        "GOOGLE_GEMINI_BASE_URL": simulator.url,
        "LIVE_URL": simulator.tls_url,
        "LIVE_CERTIFICATE": simulator.certificate,
        "OTEL_EXPORTER_OTLP_ENDPOINT": collector_url,
        "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT": "SPAN_ONLY",
        "GEMLEDGER_SPOOL_DIR": str(trail.folder / "spool"),
        "GEMLEDGER_REDACTION_KEEP": "" if redacting else ",".join(REDACTED),
    }


def _run(trail: Trail, texts: dict[str, str], environ: dict[str, str], name: str) -> None:
    told = trail.folder.parent / f"{trail.folder.name}-{name}.json"  # is no trace of the run
    told.write_text(json.dumps(texts))
    tests = str(Path(__file__).parents[1])
    paths = os.pathsep.join([tests, os.environ.get("PYTHONPATH", "")])
    ended = subprocess.run(
        [sys.executable, "-m", "hygiene.shop_app"],
        env={**os.environ, **environ, "PLANTED": str(told), "PYTHONPATH": paths},
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr.decode()
    trail.logs += [
        trail.write(f"{name}.out", ended.stdout),
        trail.write(f"{name}.err", ended.stderr),
    ]
