"""What an operator copies: every key, path, command and reference in it is one that exists."""

import json
import re
import shlex
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from support.collector import RunningCollector
from support.tokens import Issued

from gemledger_collector.access import SCOPE_OF
from gemledger_collector.config import load
from gemledger_collector.config_file import substituted
from gemledger_collector.errors import ConfigError
from gemledger_collector.receivers.compression import ENCODINGS

ROOT = Path(__file__).parents[3]
EXAMPLES = ROOT / "examples"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


def gateway() -> dict[str, Any]:
    """The gateway's configuration, as the stock collector reads it."""
    document: dict[str, Any] = yaml.safe_load((EXAMPLES / "otelcol-gateway.yaml").read_text())
    return document


def test_every_component_of_the_gateway_is_used_and_defined() -> None:
    """A pipeline that names what is not there does not start."""
    document = gateway()
    service = document["service"]
    used = {("extensions", name) for name in service["extensions"]}
    for pipeline in service["pipelines"].values():
        used |= {(kind, name) for kind, names in pipeline.items() for name in names}
        assert pipeline["processors"][0] == "memory_limiter"
    sections = ("receivers", "processors", "exporters", "extensions")
    assert used == {(kind, name) for kind in sections for name in document[kind]}
    assert set(service["pipelines"]) == {"traces", "logs", "metrics"}


def test_what_the_gateway_sends_is_what_the_collector_takes() -> None:
    """The token as a bearer, a compression that is spoken, a queue on disk that is defined."""
    document = gateway()
    exporter = document["exporters"]["otlp_http/gemledger"]
    filled = substituted(
        exporter, {"GEMLEDGER_ENDPOINT": "https://x:4318", "GEMLEDGER_TOKEN": "T"}, "", []
    )
    assert filled["headers"] == {"Authorization": "Bearer T"}
    assert filled["endpoint"] == "https://x:4318"
    assert exporter["compression"] in ENCODINGS
    assert exporter["sending_queue"]["storage"] in document["extensions"]
    assert exporter["retry_on_failure"]["max_elapsed_time"] == "0s"
    ports = {
        each["endpoint"].rpartition(":")[2]
        for each in document["receivers"]["otlp"]["protocols"].values()
    }
    assert not ports & {"4317", "4318"}, "gemledger itself may run on the same machine"


def hashes() -> dict[str, str]:
    """What the container's environment gives."""
    names = ("GEMLEDGER_APPS_HASH", "GEMLEDGER_PEOPLE_HASH")
    return {name: Issued("x", []).hash for name in names}


def test_the_container_s_configuration_is_valid_and_needs_its_tokens() -> None:
    """Without them it listens to nobody rather than to everybody."""
    path = EXAMPLES / "docker" / "otel-config.yaml"
    config = load(path, hashes())
    assert {token.name: token.scopes for token in config.extensions.api.tokens} == {
        "apps": ("ingest",),
        "people": ("read", "content", "write"),
    }
    with pytest.raises(ConfigError, match=r"\$\{env:GEMLEDGER_APPS_HASH\} is not set"):
        load(path, {})


def instructions() -> list[tuple[str, str]]:
    """The Dockerfile's instructions and their arguments."""
    text = re.sub(r"\\\n\s*", " ", (ROOT / "Dockerfile").read_text())
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [(line.split()[0], line.split(maxsplit=1)[1]) for line in lines]


def arguments_of(instruction: str) -> list[str]:
    """All arguments of one kind of instruction."""
    return [argument for name, argument in instructions() if name == instruction]


def test_every_path_of_the_image_exists_and_reaches_the_daemon() -> None:
    """All packages of the wheel, and nothing that .dockerignore holds back."""
    sources = {
        source
        for argument in arguments_of("COPY")
        if not argument.startswith("--from")
        for source in argument.split()[:-1]
    }
    assert all((ROOT / source).exists() for source in sources)
    let_through = {
        line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line[:1] == "!"
    }
    assert sources == let_through
    packages = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    assert {package.partition("/")[0] for package in packages} <= sources
    assert {PROJECT["project"]["readme"], *PROJECT["project"]["license-files"]} <= sources


def test_the_image_installs_an_extra_that_exists_and_starts_with_its_configuration() -> None:
    """Not as root, with the one folder it writes to."""
    (extras,) = [argument.partition("=")[2] for argument in arguments_of("ARG")]
    assert set(extras.split(",")) <= set(PROJECT["project"]["optional-dependencies"])
    (entry,), (command,) = arguments_of("ENTRYPOINT"), arguments_of("CMD")
    assert json.loads(entry) == ["gemledger"]
    assert json.loads(command)[:2] == ["serve", "--config"]
    assert json.loads(command)[2] == arguments_of("COPY")[-1].split()[-1]
    assert arguments_of("USER") == ["10001"]
    config = load(EXAMPLES / "docker" / "otel-config.yaml", hashes())
    (volume,) = arguments_of("VOLUME")
    assert str(Path(config.exporters.duckdb.path).parent) == volume
    protocols = config.receivers.otlp.protocols
    assert arguments_of("EXPOSE") == [f"{protocols.grpc.port} {protocols.http.port}"]


def test_the_health_check_of_the_image_passes_where_a_collector_is_ready(
    collector: RunningCollector,
) -> None:
    """And it asks a route that needs no token."""
    (check,) = arguments_of("HEALTHCHECK")
    code = json.loads(check.partition("CMD ")[2])[2]
    assert SCOPE_OF["/readyz"] is None
    exec(code.replace("http://127.0.0.1:4318", collector.url), {})


UNIT = EXAMPLES / "systemd" / "gemledger.service"


def setting(name: str) -> str:
    """A setting of the unit that stands there once."""
    (value,) = re.findall(rf"^{name}=(.*)$", UNIT.read_text(), re.MULTILINE)
    return str(value)


def test_the_unit_starts_reloads_and_gives_up_as_the_collector_does() -> None:
    """SIGHUP reads again; exit code 2 is a wrong configuration, which no restart mends."""
    command = shlex.split(setting("ExecStart"))
    assert command[0].endswith("/bin/gemledger")
    assert command[1:3] == ["serve", "--config"]
    assert setting("ExecReload") == "/bin/kill -HUP $MAINPID"
    assert setting("RestartPreventExitStatus") == "2"


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd on this machine")
def test_systemd_finds_nothing_wrong_with_the_unit_and_little_exposed(tmp_path: Path) -> None:
    """`systemd-analyze verify` is silent, and the exposure is below 2 of 10."""
    unit = tmp_path / UNIT.name
    unit.write_text(UNIT.read_text().replace("/opt/gemledger/bin/gemledger", "/bin/true"))
    for arguments in (
        ["verify", str(unit)],
        ["security", "--offline=true", "--threshold=20", str(unit)],
    ):
        done = subprocess.run(
            ["systemd-analyze", "--no-pager", *arguments],
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, ""), done.stdout[-300:] + done.stderr
