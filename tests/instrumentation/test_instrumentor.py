"""Patching and unpatching: light, complete, undone without a trace, loud where it cannot be done."""

import importlib
import importlib.metadata
import inspect
import json
import logging
import subprocess
import sys
from datetime import UTC, datetime
from itertools import count
from typing import Any
from urllib.parse import urlsplit

import pytest
from google.genai import models, types
from opentelemetry.sdk.trace import TracerProvider

import gemledger
from gemledger.instrumentor import GeminiInstrumentor
from gemledger.patching import PATCHING
from gemledger.pricing import load_book
from gemledger.surfaces import MODELS, SURFACES, Surface
from gemledger.surfaces.generate_content import wrap_call


def fresh(code: str) -> Any:
    """What a fresh interpreter prints, as JSON."""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


def current() -> dict[str, Any]:
    """Every method of the table as it is now."""
    owners = ((s, getattr(importlib.import_module(s.module), s.owner)) for s in SURFACES)
    return {str(surface): vars(owner)[surface.method] for surface, owner in owners}


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


def test_wrappers_of_ours_left_under_anothers_do_not_count_twice(
    client: Any, recorded: Any
) -> None:
    """Uninstrumented and instrumented again while another library's wrapper held ours: the old ones keep silent."""
    names = ("_generate_content", "generate_content")
    ours = {name: vars(models.Models)[name] for name in names}
    for name, function in ours.items():
        setattr(models.Models, name, lambda self, _f=function, **arguments: _f(self, **arguments))
    try:
        gemledger.uninstrument()
        gemledger.instrument(tracer_provider=recorded.provider)
        client.models.generate_content(model="gemini-2.5-flash", contents="Hello")
        gemledger.uninstrument()
    finally:
        for name, function in ours.items():
            setattr(models.Models, name, function.__wrapped__)

    assert recorded.attributes["gemledger.exchanges"] == 1
    assert recorded.attributes["gemledger.attempts"] == 1


def test_wrappers_of_others_under_ours_are_back_when_we_are_gone(recorded: Any) -> None:
    """We put back what we found, which need not be the SDK's own."""
    gemledger.uninstrument()
    original = vars(models.Models)["generate_content"]

    def theirs(self: Any, **arguments: Any) -> Any:
        return original(self, **arguments)

    models.Models.generate_content = theirs  # type: ignore[method-assign]  # another library's patch
    try:
        gemledger.instrument(tracer_provider=recorded.provider)
        gemledger.uninstrument()
        assert vars(models.Models)["generate_content"] is theirs
    finally:
        models.Models.generate_content = original  # type: ignore[method-assign]  # as it was


def test_a_test_may_stand_in_another_year(client: Any, recorded: Any, asking: Any) -> None:
    """With a clock and a book of its own, through the public SDK: the price that begins with 2027."""
    gemledger.uninstrument()
    in_2027 = int(datetime(2027, 1, 2, tzinfo=UTC).timestamp()) * 10**9
    ticks = count(in_2027, 1_000)
    GeminiInstrumentor().instrument(
        tracer_provider=recorded.provider, book=load_book(), clock=lambda: next(ticks)
    )
    config = asking(usage={"promptTokenCount": 1_000})
    client.models.generate_content(model="gemini-3.8-flash", contents="Hello", config=config)

    assert recorded.span.start_time == in_2027
    assert recorded.attributes["gemledger.cost.pico_usd"] == 1_000 * 1_500_000
    assert recorded.attributes["gemledger.price.book"] == "str"


def test_what_is_patched_can_be_asked_for(recorded: Any) -> None:
    """For the doctor, and for whoever wonders."""
    assert "google.genai.models.Models.generate_content" in PATCHING.patched
    assert PATCHING.missing == ()
    gemledger.uninstrument()
    assert PATCHING.patched == ()


def test_a_request_with_an_address_and_a_key_of_its_own_is_told_apart(
    client: Any, recorded: Any, simulator: Any
) -> None:
    """Per-request options win over the client's, as they do in the SDK."""
    port = urlsplit(simulator.url).port
    options = types.HttpOptions(
        base_url=f"http://localhost:{port}", headers={"X-Goog-Api-Key": "another"}
    )
    for config in (types.GenerateContentConfig(http_options=options), None):
        client.models.generate_content(model="gemini-2.5-flash", contents="Hi", config=config)

    own, usual = (span.attributes for span in recorded.spans)
    assert (own["server.address"], usual["server.address"]) == ("localhost", "127.0.0.1")
    assert own["gemledger.account.key_digest"] != usual["gemledger.account.key_digest"]


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
    monkeypatch.setattr("gemledger.patching.SURFACES", (*public, gone))
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
