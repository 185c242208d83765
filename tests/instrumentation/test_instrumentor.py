"""Patching and unpatching: light, complete, undone without a trace, loud where it cannot be done."""

import importlib.metadata
import inspect
import json
import logging
import subprocess
import sys
from typing import Any

import pytest
from google.genai import models
from opentelemetry.sdk.trace import TracerProvider

import gemledger
from gemledger.instrumentor import GeminiInstrumentor
from gemledger.surfaces import CLIENT, MODELS, SURFACES, Surface, wrap_call


def fresh(code: str) -> Any:
    """What a fresh interpreter prints, as JSON."""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


def current() -> dict[str, Any]:
    """Every method of the table as it is now."""
    owners = {MODELS: models, CLIENT: sys.modules[CLIENT]}
    return {str(s): vars(getattr(owners[s.module], s.owner))[s.method] for s in SURFACES}


def test_importing_gemledger_imports_nothing_heavy_and_takes_little() -> None:
    """Neither the SDK nor OpenTelemetry; well under 30 ms."""
    code = (
        "import sys, time, json; t = time.perf_counter(); import gemledger; t = time.perf_counter() - t;"
        "print(json.dumps([t, [m for m in sys.modules if m.startswith(('opentelemetry', 'google', 'wrapt'))]]))"
    )
    runs = [fresh(code) for _ in range(5)]

    assert [modules for _, modules in runs] == [[]] * 5
    assert min(seconds for seconds, _ in runs) < 0.030


def test_instrumenting_waits_for_the_app_to_import_the_sdk() -> None:
    """google.genai costs a second to import: we do not, and patch it when the app does."""
    code = (
        "import sys, json, gemledger; gemledger.instrument();"
        "before = [m in sys.modules for m in ('google.genai', 'opentelemetry.sdk')];"
        "from google.genai import models;"
        "print(json.dumps([before, hasattr(models.Models.generate_content, '__wrapped__')]))"
    )

    assert fresh(code) == [[False, False], True]


def test_uninstrumenting_before_the_sdk_is_imported_patches_nothing() -> None:
    """The hook finds nobody home."""
    code = (
        "import json, gemledger; gemledger.instrument(); gemledger.uninstrument();"
        "from google.genai import models;"
        "print(json.dumps(hasattr(models.Models.generate_content, '__wrapped__')))"
    )

    assert fresh(code) is False


def test_a_client_made_before_instrumenting_is_recorded_too(client: Any, recorded: Any) -> None:
    """Classes are patched, not objects."""
    client.models.generate_content(model="gemini-2.5-flash", contents="Hello")

    assert len(recorded.spans) == 1


def test_uninstrumenting_puts_the_very_same_functions_back() -> None:
    """Identity, for every method of the table; again and again."""
    before = current()
    for _ in range(3):
        gemledger.instrument(tracer_provider=TracerProvider(shutdown_on_exit=False))
        assert not any(current()[name] is function for name, function in before.items())
        gemledger.uninstrument()
        assert all(current()[name] is function for name, function in before.items())


def test_instrumenting_twice_is_instrumenting_once(client: Any, recorded: Any) -> None:
    """No second wrapper, no second span, no complaint."""
    once = current()
    gemledger.instrument()
    gemledger.instrument(tracer_provider=TracerProvider(shutdown_on_exit=False))
    client.models.generate_content(model="gemini-2.5-flash", contents="Hello")

    assert current() == once
    assert len(recorded.spans) == 1


def test_uninstrumenting_twice_is_fine() -> None:
    """Also when nothing was instrumented."""
    gemledger.uninstrument()
    gemledger.uninstrument()


def test_a_wrapper_that_somebody_put_around_ours_stays_and_ours_falls_silent(
    client: Any, recorded: Any
) -> None:
    """Taking ours out of the middle is impossible; it must not record any more, and theirs must not be lost."""
    ours = vars(models.Models)["generate_content"]
    seen = []

    def theirs(self: Any, **arguments: Any) -> Any:
        seen.append(arguments["model"])
        return ours(self, **arguments)

    models.Models.generate_content = theirs  # type: ignore[method-assign]  # another library's patch
    try:
        gemledger.uninstrument()
        assert vars(models.Models)["generate_content"] is theirs
        client.models.generate_content(model="gemini-2.5-flash", contents="Hello")
    finally:
        models.Models.generate_content = ours.__wrapped__  # type: ignore[method-assign]  # as it was

    assert seen == ["gemini-2.5-flash"]
    assert recorded.spans == []


def test_patched_methods_look_like_the_sdks_own(recorded: Any) -> None:
    """Name, docstring, signature and kind, for people and frameworks that ask."""
    for owner in (models.Models, models.AsyncModels):
        for method in ("generate_content", "generate_content_stream"):
            patched, original = vars(owner)[method], vars(owner)[method].__wrapped__
            assert patched.__doc__ == original.__doc__
            assert patched.__qualname__ == original.__qualname__
            assert inspect.signature(patched) == inspect.signature(original)
            assert inspect.iscoroutinefunction(patched) == inspect.iscoroutinefunction(original)


def test_what_an_sdk_does_not_have_is_said_and_the_rest_is_recorded(
    client: Any,
    recorded: Any,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    asking: Any,
) -> None:
    """Without the private request methods, usage comes from the public answer, and the status says so."""
    gemledger.uninstrument()
    public = [surface for surface in SURFACES if not surface.method.startswith("_")]
    gone = Surface(MODELS, "Models", "generate_everything", wrap_call)
    monkeypatch.setattr("gemledger.instrumentor.SURFACES", (*public, gone))
    with caplog.at_level(logging.WARNING, "gemledger"):
        gemledger.instrument(tracer_provider=recorded.provider)
    config = asking(usage={"promptTokenCount": 1_000, "candidatesTokenCount": 44})
    client.models.generate_content(model="gemini-2.5-flash", contents="Hello", config=config)
    list(
        client.models.generate_content_stream(
            model="gemini-2.5-flash", contents="Hello", config=config
        )
    )

    assert "google.genai.models.Models.generate_everything" in caplog.text
    for span in recorded.spans:
        assert span.attributes["gemledger.cost.pico_usd"] == 410_000_000
        assert span.attributes["gemledger.cost.status"] == "estimated"
        assert span.attributes["gemledger.cost.reasons"] == ("merged_exchanges",)


def test_opentelemetry_finds_the_instrumentor_by_its_entry_point() -> None:
    """What opentelemetry-instrument looks for, and no upper bound on the SDK."""
    (entry,) = importlib.metadata.entry_points(group="opentelemetry_instrumentor", name="gemledger")

    assert entry.load() is GeminiInstrumentor
    (dependency,) = GeminiInstrumentor().instrumentation_dependencies()
    assert "<" not in dependency


def test_an_unknown_name_of_the_package_is_an_attribute_error() -> None:
    """Laziness must not hide typing errors; dir() shows the public names."""
    with pytest.raises(AttributeError, match="no attribute 'instrumnet'"):
        gemledger.instrumnet()

    assert "instrument" in dir(gemledger)
    assert gemledger.__version__
