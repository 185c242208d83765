"""httpx, httpx2, aiohttp, and a client of the app's own: the transport makes no difference."""

import pytest
from conformance.bills import PLAIN, PLAIN_BILL
from conformance.sdk import AIOHTTP, VERSION, needs_aiohttp, needs_httpx_client
from conformance.stage import Log, Stage
from conformance.surfaces import MODELS, Surface
from google import genai
from google.genai import _api_client
from support.gemini import said

ANSWER = {"response": said("Forty-two.", usage=PLAIN)}
every_model_surface = pytest.mark.parametrize("surface", MODELS, ids=lambda surface: surface.name)


@needs_httpx_client
@pytest.mark.parametrize("library", ["httpx", "httpx2"])
async def test_an_http_client_of_the_apps_own_is_used(stage: Stage, library: str) -> None:
    """Instrumentation stands above it: usage and attempts are the same."""
    http = pytest.importorskip(library)
    if library == "httpx2" and VERSION < (3,):
        pytest.skip("this google-genai takes no httpx2")
    used: list[str] = []
    hooks = {"request": [lambda request: used.append(str(request.url.path))]}
    with http.Client(trust_env=False, event_hooks=hooks) as own:
        recorded = await stage.compare(
            MODELS[0].asking(),
            ANSWER,
            http_options={"httpx_client": own, "client_args": None, "async_client_args": None},
        )

    assert len(used) == 2, "once without us and once with us"
    assert recorded.bill == PLAIN_BILL
    assert recorded.attributes["gemledger.attempts"] == 1


@pytest.mark.parametrize("library", ["httpx", "httpx2"])
@every_model_surface
async def test_every_http_library_of_the_sdk(
    stage: Stage, surface: Surface, library: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Newer SDKs choose by a variable, which older ones ignore: they have httpx."""
    if library == "httpx2" and VERSION < (3,):
        pytest.skip("this google-genai knows no httpx2")
    pytest.importorskip(library)
    monkeypatch.setenv("GOOGLE_GENAI_HTTP_CLIENT", library)
    recorded = await stage.compare(surface.asking(), ANSWER)

    assert recorded.bill == PLAIN_BILL


@needs_aiohttp
@pytest.mark.parametrize("surface", [s for s in MODELS if "async" in s.name], ids=lambda s: s.name)
async def test_aiohttp_is_what_the_async_side_uses(stage: Stage, surface: Surface) -> None:
    """Where it is installed; the same span as with any other transport."""

    async def act(client: genai.Client, log: Log) -> None:
        log.append(client._api_client._use_aiohttp())
        await surface.ask(client, log, None)

    recorded = await stage.compare(act, ANSWER)

    assert recorded.log[0] is True
    assert recorded.bill == PLAIN_BILL


def test_this_environment_has_the_transport_that_its_name_says() -> None:
    """The suite runs with aiohttp and without: its absence is as much a case as its presence."""
    assert _api_client.has_aiohttp == AIOHTTP
