"""What instrumenting does to the SDK's classes, what it leaves alone, and that it can be taken back."""

import functools
import importlib
import inspect
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import pytest
from conformance.bills import MODEL, PLAIN, PLAIN_BILL
from conformance.stage import AT, Log, Recorded, Stage, instrumented
from conformance.surfaces import MODELS, QUESTION, Surface
from google import genai
from google.genai import models
from support.gemini import said

import gemledger
from gemledger.instrumentor import GeminiInstrumentor
from gemledger.surfaces import SURFACES
from gemledger.surfaces import Surface as Patched

ANSWER = {"response": said("Forty-two.", usage=PLAIN)}
PUBLIC = ("generate_content", "generate_content_stream")
OWNERS = (models.Models, models.AsyncModels)

every_model_surface = pytest.mark.parametrize("surface", MODELS, ids=lambda surface: surface.name)


def methods() -> list[object]:
    """Every method of the SDK that is ever patched, as it is now."""
    found = []
    for surface in SURFACES:
        owner = getattr(module_of(surface), surface.owner, None)
        found.append(getattr(owner, "__dict__", {}).get(surface.method))
    return found


def module_of(surface: Patched) -> ModuleType | None:
    """The module of a surface; None where this SDK is too old to have it."""
    try:
        return importlib.import_module(surface.module)
    except ModuleNotFoundError:
        assert surface.since is not None, f"{surface} is said to be in every SDK"
        return None


def test_uninstrument_restores_the_very_same_methods() -> None:
    """Not equal ones: the same objects."""
    before = methods()
    with instrumented(Recorded()):
        assert any(now is not then for now, then in zip(methods(), before, strict=True))

    assert all(now is then for now, then in zip(methods(), before, strict=True))


def test_everything_that_is_patched_exists_or_is_known_to_be_missing() -> None:
    """The public methods and the requests below them are there in every supported version."""
    missing = [str(s) for s, method in zip(SURFACES, methods(), strict=True) if method is None]

    assert not [name for name in missing if "generate_content" in name or "_request_once" in name]


@pytest.mark.parametrize("owner", OWNERS, ids=lambda owner: owner.__name__)
@pytest.mark.parametrize("method", PUBLIC)
def test_a_patched_method_looks_like_the_sdks(owner: type, method: str) -> None:
    """Name, signature, documentation, and what kind of function it is, for whoever inspects."""
    original = getattr(owner, method)
    with instrumented(Recorded()):
        patched = getattr(owner, method)
        assert patched is not original
        assert inspect.signature(patched) == inspect.signature(original)
        assert inspect.iscoroutinefunction(patched) == inspect.iscoroutinefunction(original)
        for attribute in ("__name__", "__qualname__", "__module__", "__doc__"):
            assert getattr(patched, attribute) == getattr(original, attribute)


async def test_instrumenting_twice_is_once(stage: Stage) -> None:
    """One span a call, and one uninstrument takes it all back."""
    before, recorded = methods(), Recorded()
    with instrumented(recorded):
        gemledger.instrument(tracer_provider=recorded.provider)
        gemledger.instrument()
        await stage.perform(MODELS[0].asking(), recorded, ANSWER)

    assert recorded.bill == PLAIN_BILL
    assert len(recorded.spans) == 1
    assert methods() == before


@every_model_surface
async def test_a_client_made_before_is_recorded(stage: Stage, surface: Surface) -> None:
    """Classes are patched, not objects."""
    recorded = Recorded()

    async def act(client: genai.Client, log: Log) -> None:
        with instrumented(recorded):
            await surface.ask(client, log, None)

    await stage.perform(act, Recorded(), ANSWER)

    assert recorded.bill == PLAIN_BILL


@every_model_surface
async def test_a_client_made_while_instrumented_works_afterwards(
    stage: Stage, surface: Surface
) -> None:
    """And leaves no span then."""
    recorded, seen = Recorded(), Recorded()

    async def act(client: genai.Client, log: Log) -> None:
        GeminiInstrumentor().uninstrument()
        await surface.ask(client, log, None)

    GeminiInstrumentor().instrument(tracer_provider=recorded.provider, clock=lambda: AT)
    await stage.perform(act, seen, ANSWER)

    assert seen.error is None
    assert seen.log
    assert recorded.spans == []


async def test_a_stream_begun_before_uninstrument_ends_well(stage: Stage) -> None:
    """The app's chunks come, and what was begun is recorded."""
    recorded, seen = Recorded(), Recorded()

    def act(client: genai.Client, log: Log) -> None:
        stream = client.models.generate_content_stream(model=MODEL, contents=QUESTION)
        log.append(next(stream))
        GeminiInstrumentor().uninstrument()
        log.extend(stream)

    GeminiInstrumentor().instrument(tracer_provider=recorded.provider, clock=lambda: AT)
    chunks = [said("One ", finish=None), said("two.", usage=PLAIN)]
    await stage.perform(act, seen, {"chunks": chunks})

    assert [chunk.text for chunk in seen.log] == ["One ", "two."]
    assert recorded.bill == PLAIN_BILL


@every_model_surface
async def test_a_method_bound_before_instrument_works(stage: Stage, surface: Surface) -> None:
    """Nobody can patch what the app already holds: the call goes through, and nothing half is recorded."""
    recorded = Recorded()

    async def act(client: genai.Client, log: Log) -> None:
        side = client.aio.models if "async" in surface.name else client.models
        bound = getattr(side, PUBLIC[surface.stream])
        with instrumented(recorded):
            answer = bound(model=MODEL, contents=QUESTION)
            if "async" in surface.name:
                answer = await answer
            if not surface.stream:
                log.append(answer)
            elif "async" in surface.name:
                log.extend([chunk async for chunk in answer])
            else:
                log.extend(answer)

    seen = Recorded()
    await stage.perform(act, seen, ANSWER)

    assert seen.error is None
    assert seen.log[-1].usage_metadata.prompt_token_count == 1_000
    assert [span["gen_ai.usage.input_tokens"] for span in recorded.every] in ([], [1_000])


@contextmanager
def somebody_else() -> Iterator[list[str]]:
    """Another instrumentation of the same methods, written the usual way; gives what it saw."""
    saw: list[str] = []
    originals = {name: getattr(models.Models, name) for name in PUBLIC}

    def wrap(name: str) -> Any:
        original = originals[name]

        @functools.wraps(original)
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            saw.append(name)
            return original(*args, **kwargs)

        return wrapper

    for name in PUBLIC:
        setattr(models.Models, name, wrap(name))
    try:
        yield saw
    finally:
        for name, original in originals.items():
            setattr(models.Models, name, original)


async def test_another_instrumentation_below_ours(stage: Stage) -> None:
    """It patched first: both see the call once."""
    with somebody_else() as saw:
        recorded = await stage.compare(MODELS[0].asking(), ANSWER)

    assert saw == ["generate_content"] * 2, "once without us and once with us"
    assert recorded.bill == PLAIN_BILL
    assert len(recorded.spans) == 1


async def test_another_instrumentation_above_ours(stage: Stage) -> None:
    """It patched after us, and is still there when we leave: its wrapper stays, ours under it falls silent."""
    before, recorded, seen = methods(), Recorded(), Recorded()
    instrumentor = GeminiInstrumentor()
    instrumentor.instrument(tracer_provider=recorded.provider, clock=lambda: AT)
    with somebody_else() as saw:
        await stage.perform(MODELS[0].asking(), seen, ANSWER)
        instrumentor.uninstrument()
        await stage.perform(MODELS[0].asking(), seen, ANSWER)
        assert saw == ["generate_content"] * 2
    for name in PUBLIC:
        setattr(models.Models, name, before[_position(name)])

    assert seen.error is None
    assert len(seen.log) == 2
    assert recorded.bill == PLAIN_BILL
    assert len(recorded.spans) == 1


def _position(method: str) -> int:
    """Where `methods` has a public method of the sync class."""
    return next(
        number
        for number, surface in enumerate(SURFACES)
        if (surface.owner, surface.method) == ("Models", method)
    )
