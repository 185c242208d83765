"""`gemledger doctor`: is everything patched, exported and priced? Asked in processes of its own, as people do."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import httpx
from support import otlp
from support.doctor import FAILED, OK, PROTOBUF, WARNING, Found, answering
from support.processes import Asked, run_gemledger

import gemledger
from gemledger import doctor
from gemledger.pricing import load_book
from gemledger.pricing.upkeep import STALE, findings

# A healthy place


def read_lately() -> str:
    """What is said of the book's age on the day the test runs: after 45 days it is to be read again."""
    today = datetime.now(UTC).date()
    stale = [found for found in findings(load_book().models(), today) if found.kind == STALE]
    return WARNING if stale else OK


def test_where_all_is_well_nothing_failed(examined: Callable[..., Found], collector: Asked) -> None:
    """Exit code 0; the canary arrived, and is nobody's call."""
    found = examined("--endpoint", collector.url, "--model", "gemini-2.5-flash")
    assert found.exit_code == 0
    assert found.the("sdk")[0] == OK
    state, says, _ = found.the("patches")
    assert (state, says.startswith("all ")) == (OK, True)
    state, says, _ = found.the("export")
    assert state == OK
    assert f"{collector.url}/v1/traces took a span" in says
    assert found.the("clock")[:2] == (OK, "this clock and the collector's agree")
    assert found.the("calls")[:2] == (OK, "no call has arrived in the last 24 hours")
    assert [finding["state"] for finding in found.of("prices")] == [read_lately(), OK]
    assert found.the("spool")[0] == OK
    assert collector.query("SELECT name FROM spans") == [{"name": "gemledger.canary"}]
    assert collector.query("SELECT count(*) AS calls FROM calls") == [{"calls": 0}]


def test_people_read_a_line_for_each_check_and_a_summary(collector: Asked, tmp_path: Path) -> None:
    """The remedy stands under what failed; no colours where nobody looks."""
    done = run_gemledger(
        "doctor",
        "--endpoint",
        collector.url,
        "--model",
        "gemini-9-oxygen",
        GEMLEDGER_SPOOL_DIR=str(tmp_path),
    )
    assert done.returncode == 1
    lines = done.stdout.splitlines()
    assert lines[0].startswith("ok       gemledger  gemledger ")
    place = lines.index("FAILED   prices     gemini-9-oxygen is not in the price book")
    assert (
        lines[place + 1].strip().startswith("-> update gemledger, or give its rates in an overlay")
    )
    assert lines[-1].startswith("1 failed, ")
    assert "\x1b" not in done.stdout


def test_the_environment_says_where_to_as_for_any_app(
    examined: Callable[..., Found], collector: Asked
) -> None:
    """OTEL_EXPORTER_OTLP_ENDPOINT, and the variable for traces alone, which is a whole address."""
    for environ in (
        {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url},
        {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": f"{collector.url}/v1/traces"},
        {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url, "OTEL_EXPORTER_OTLP_COMPRESSION": "none"},
    ):
        found = examined(**environ)
        assert (found.exit_code, found.the("export")[0]) == (0, OK)


def test_models_that_were_seen_without_a_price_are_named(
    examined: Callable[..., Found], collector: Asked
) -> None:
    """What the collector could not price in the last days is a warning, with the models."""
    now = time.time_ns()
    unknown = otlp.call_attributes(
        request_model="gemini-9-oxygen", response_model="gemini-9-oxygen"
    )
    spans = [otlp.call(1, start=now), otlp.call(2, start=now, attributes=unknown)]
    sent = httpx.post(
        f"{collector.url}/v1/traces",
        content=otlp.payload(spans),
        headers={"Content-Type": "application/x-protobuf"},
        trust_env=False,
    )
    assert sent.status_code == 200
    found = examined("--endpoint", collector.url)
    assert found.exit_code == 0
    received, unpriced = found.of("calls")
    assert received["says"].startswith("2 calls in the last 24 hours, the latest at 20")
    assert unpriced["state"] == WARNING
    assert unpriced["says"].endswith("by model: gemini-9-oxygen (1)")


# What is installed


def run_with(body: str, tmp_path: Path, *arguments: str) -> Found:
    """Run the doctor in a process that has done something first."""
    code = f"import sys\n{body}\nfrom gemledger_cli.main import main\nsys.exit(main(sys.argv[1:]))"
    return Found(
        subprocess.run(
            [sys.executable, "-c", code, "doctor", "--json", *arguments],
            env={**os.environ, "GEMLEDGER_SPOOL_DIR": str(tmp_path), "PYTHONPATH": str(tmp_path)},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
    )


def test_methods_that_this_sdk_lacks_are_a_warning_with_their_names(tmp_path: Path) -> None:
    """Something is still recorded."""
    found = run_with("import google.genai.models as m; del m.Models._generate_content", tmp_path)
    state, says, _ = found.the("patches")
    assert state == WARNING
    assert "this google-genai has no google.genai.models.Models._generate_content:" in says


def test_an_sdk_without_any_method_we_know_is_a_failure(tmp_path: Path) -> None:
    """No call is recorded: that is what a silent instrumentation would hide."""
    found = run_with(
        "import google.genai.models as m\n"
        "for owner in (m.Models, m.AsyncModels):\n"
        "    for name in [n for n in vars(owner) if not n.startswith('_')]: delattr(owner, name)",
        tmp_path,
    )
    state, says, _ = found.the("patches")
    assert state == FAILED
    assert "no call is recorded" in says
    assert found.exit_code == 1


def test_an_sdk_that_cannot_be_imported_is_a_failure(tmp_path: Path) -> None:
    """A broken installation is told from a missing one."""
    found = run_with("sys.modules['google.genai.models'] = None", tmp_path)
    state, says, remedy = found.the("patches")
    assert state == FAILED
    assert "cannot be imported" in says
    assert "reinstall" in remedy


def test_other_instrumentations_and_legacy_sdks_are_warned_of(tmp_path: Path) -> None:
    """By what is installed, and by what the process has imported; a disabled one is no worry."""
    for name in ("openlit", "opentelemetry-instrumentation-google-genai", "google-generativeai"):
        folder = tmp_path / f"{name.replace('-', '_')}-9.9.dist-info"
        folder.mkdir()
        (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 9.9\n")
    (tmp_path / "vertexai" / "generative_models").mkdir(parents=True)
    for folder in (tmp_path / "vertexai", tmp_path / "vertexai" / "generative_models"):
        (folder / "__init__.py").write_text("")

    found = run_with("import vertexai.generative_models", tmp_path)
    contrib, openlit = found.of("others")
    assert "opentelemetry-instrumentation-google-genai 9.9 is installed" in contrib["says"]
    assert contrib["remedy"].endswith("OTEL_PYTHON_DISABLED_INSTRUMENTATIONS=google-genai")
    assert "openlit 9.9" in openlit["says"]
    legacy = [finding["says"] for finding in found.of("legacy")]
    assert legacy == [
        "google-generativeai 9.9 is installed: calls through its google.generativeai are not recorded",
        "vertexai.generative_models is imported here: what is spent through it appears nowhere",
    ]
    assert {finding["state"] for finding in found.of("others") + found.of("legacy")} == {WARNING}

    disabled = run_with(
        "import os; os.environ['OTEL_PYTHON_DISABLED_INSTRUMENTATIONS'] = 'google-genai,gemledger'",
        tmp_path,
    )
    assert [finding["says"].split()[0] for finding in disabled.of("others")] == ["openlit"]
    assert disabled.of("gemledger")[1]["state"] == WARNING


def test_an_app_may_ask_in_its_own_process_and_stays_as_it_was() -> None:
    """What is patched stays patched; what is not stays untouched."""
    from google.genai.models import Models  # noqa: PLC0415 - the class whose method is watched

    bare = Models.generate_content
    with answering(200, PROTOBUF) as url:
        found = list(doctor.examine(url))
        assert Models.generate_content is bare
        gemledger.instrument()
        try:
            ours = Models.generate_content
            again = list(doctor.examine(url))
            assert Models.generate_content is ours
            assert ours is not bare
        finally:
            gemledger.uninstrument()
    for told in (found, again):
        (patches,) = [one for one in told if one.check == "patches"]
        assert patches.state == doctor.OK


# Prices and the spool


def test_a_broken_overlay_is_a_failure_with_its_place(
    examined: Callable[..., Found], tmp_path: Path
) -> None:
    """File, line and remedy; the apps price without it meanwhile."""
    overlay = tmp_path / "prices.toml"
    overlay.write_text("nonsense = [\n")
    with answering(200, PROTOBUF) as url:
        broken = examined("--endpoint", url, GEMLEDGER_PRICE_OVERLAY=str(overlay))
    failed = broken.of("prices")[0]
    assert failed["state"] == FAILED
    assert "prices.toml" in failed["says"]
    assert broken.exit_code == 1


def test_a_spool_that_cannot_be_written_is_a_warning(
    examined: Callable[..., Found], tmp_path: Path
) -> None:
    """Spans are exported all the same, but an outage may lose them."""
    (tmp_path / "file").write_text("")
    with answering(200, PROTOBUF) as url:
        found = examined("--endpoint", url, GEMLEDGER_SPOOL_DIR=str(tmp_path / "file"))
    state, says, remedy = found.the("spool")
    assert (state, found.exit_code) == (WARNING, 0)
    assert "cannot be kept on disk" in says
    assert "GEMLEDGER_SPOOL_DIR" in remedy


def test_help_shows_an_example() -> None:
    """As every command does, in the bare install, too."""
    done = run_gemledger("doctor", "--help")
    assert done.returncode == 0
    assert "example:\n  gemledger doctor --endpoint" in done.stdout
