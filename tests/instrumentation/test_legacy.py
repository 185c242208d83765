"""What cannot be recorded is said loudly: in the log, once, and as a metric."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

WATCHING = """
import json, logging, sys
logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(levelname)s %(name)s %(message)s")
import gemledger
{body}
from opentelemetry import metrics
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
reader = InMemoryMetricReader()
metrics.set_meter_provider(MeterProvider(metric_readers=[reader]))
found = reader.get_metrics_data()
print(json.dumps([
    [metric.name, point.value, dict(point.attributes)]
    for resource in (found.resource_metrics if found else ())
    for scope in resource.scope_metrics
    for metric in scope.metrics
    for point in metric.data.data_points
]))
"""


@pytest.fixture
def app(tmp_path: Path) -> Any:
    """Run an app on whose path both legacy SDKs lie; the real ones are dead. Gives its log and the metrics it reads."""
    for package in ("google/generativeai", "vertexai/generative_models"):
        folder = tmp_path / package
        folder.mkdir(parents=True)
        (folder / "__init__.py").write_text("class GenerativeModel: ...\n")
    (tmp_path / "vertexai" / "__init__.py").write_text("")
    # google is a namespace package: the real one, with google.genai in it, stays visible beside this.

    def run(body: str) -> tuple[list[str], list[Any]]:
        done = subprocess.run(
            [sys.executable, "-c", WATCHING.format(body=body)],
            env={**os.environ, "PYTHONPATH": str(tmp_path)},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr
        return done.stderr.splitlines(), json.loads(done.stdout)

    return run


def test_importing_a_legacy_sdk_is_one_warning_each_and_a_metric(app: Any) -> None:
    """However often it is imported, and although the app's metrics are set up later."""
    log, metrics = app(
        "gemledger.instrument()\n"
        "import google.generativeai, vertexai.generative_models\n"
        "import google.generativeai as again\n"
        "gemledger.uninstrument(); gemledger.instrument()\n"
    )
    assert len(log) == 2
    for line, module in zip(
        log, ("google.generativeai", "vertexai.generative_models"), strict=True
    ):
        assert line.startswith(f"WARNING gemledger {module} is imported")
        assert "google-genai" in line
    assert metrics == [
        [
            "gemledger.unrecorded",
            1,
            {"gemledger.library": module, "gemledger.reason": "legacy_library"},
        ]
        for module in ("google.generativeai", "vertexai.generative_models")
    ]


def test_a_legacy_sdk_that_was_imported_first_is_noticed(app: Any) -> None:
    """The order of imports in an app is the app's."""
    log, metrics = app("import google.generativeai\ngemledger.instrument()\n")
    assert len(log) == 1
    assert metrics[0][2]["gemledger.library"] == "google.generativeai"


def test_the_new_sdk_alone_is_no_reason_for_a_word(app: Any) -> None:
    """Nor is vertexai without its generative models, nor a legacy SDK after uninstrumenting; no metric is made."""
    log, metrics = app(
        "gemledger.instrument()\n"
        "import google.genai, vertexai\n"
        "gemledger.uninstrument()\n"
        "import google.generativeai\n"
    )
    assert (log, metrics) == ([], [])


def test_a_method_that_this_sdk_does_not_have_is_named_and_counted(app: Any) -> None:
    """A release of google-genai that renames what we patch is heard of on the first day."""
    log, metrics = app(
        "import google.genai.models as models\n"
        "del models.Models._generate_content, models.AsyncModels.generate_content_stream\n"
        "gemledger.instrument()\n"
    )
    missing = [
        "google.genai.models.AsyncModels.generate_content_stream",
        "google.genai.models.Models._generate_content",
    ]
    (line,) = log
    assert all(name in line for name in missing)
    assert "gemledger doctor" in line
    assert [metric[2] for metric in metrics] == [
        {"gemledger.library": name, "gemledger.reason": "missing_method"} for name in missing
    ]


def test_the_legacy_sdk_works_as_it_did(app: Any) -> None:
    """We watch the import and leave the module alone."""
    log, _ = app(
        "gemledger.instrument()\n"
        "import google.generativeai as legacy\n"
        "assert legacy.GenerativeModel.__module__ == 'google.generativeai'\n"
        "assert sys.modules['google.generativeai'] is legacy\n"
    )
    assert len(log) == 1
