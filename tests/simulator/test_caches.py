"""Explicit context caches, through the real SDK: their life, what reads them, and what they are billed."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from google import genai
from google.genai import types
from starlette.testclient import TestClient

from gemledger_simulator.process import SimulatorProcess
from gemledger_simulator.server import create_app

FLASH = "gemini-3.8-flash"
NOON = int(datetime(2026, 11, 20, 12, tzinfo=UTC).timestamp())
MANUAL = "Petrels nest on the skerry. " * 400  # 11,200 bytes: 2,800 tokens


def holding(tokens: int, **config: Any) -> types.CreateCachedContentConfig:
    """A cache of exactly so many tokens."""
    headers = {"x-simulator-usage": json.dumps({"promptTokenCount": tokens})}
    return types.CreateCachedContentConfig(
        contents="see the header",
        http_options=types.HttpOptions(headers=headers),
        **config,
    )


def test_a_cache_is_made_looked_at_prolonged_and_deleted(client: genai.Client) -> None:
    """Its name is the server's own, its tokens are counted, and its end can be moved."""
    made = client.caches.create(
        model=FLASH,
        config={"contents": MANUAL, "ttl": "120s", "display_name": "manual"},
    )
    assert made.name
    assert made.create_time
    assert made.usage_metadata
    assert made.usage_metadata.total_token_count == 2_800
    assert made.expire_time == made.create_time + timedelta(seconds=120)
    assert made.model == f"models/{FLASH}"
    again = client.caches.get(name=made.name)
    assert (again.name, again.display_name) == (made.name, "manual")
    later = made.create_time + timedelta(hours=5)
    assert client.caches.update(name=made.name, config={"expire_time": later}).expire_time == later
    assert made.name in [cache.name for cache in client.caches.list()]
    client.caches.delete(name=made.name)
    with pytest.raises(genai.errors.ClientError) as gone:
        client.caches.get(name=made.name)
    assert gone.value.code == 404
    assert client.caches.create(model=FLASH, config={"contents": MANUAL}).name != made.name


async def test_the_asynchronous_client_has_the_same_caches(
    async_client: genai.client.AsyncClient,
) -> None:
    """Pages of a list are fetched one by one."""
    names = {
        (await async_client.caches.create(model=FLASH, config=holding(2_000))).name
        for _ in range(3)
    }
    pager = await async_client.caches.list(config={"page_size": 2})
    found = {cache.name async for cache in pager}
    assert names <= found


def test_what_a_call_reads_from_a_cache_is_a_part_of_its_prompt(client: genai.Client) -> None:
    """The prompt counts the cached tokens, and the usage says how many they are."""
    cache = client.caches.create(model=FLASH, config=holding(50_000))
    response = client.models.generate_content(
        model=FLASH, contents="Why?" * 3, config={"cached_content": cache.name}
    )
    usage = response.usage_metadata
    assert usage
    assert (usage.prompt_token_count, usage.cached_content_token_count) == (50_003, 50_000)


@pytest.mark.parametrize(
    ("config", "model", "refusal"),
    [
        ({"cached_content": "cachedContents/nobody"}, FLASH, "403.*not found"),
        ({}, "gemini-2.5-flash", "400.*has to be the same"),
        ({"system_instruction": "Be brief."}, FLASH, "400.*can not be used"),
    ],
)
def test_a_cache_that_does_not_fit_is_refused_as_google_does(
    client: genai.Client, config: dict[str, Any], model: str, refusal: str
) -> None:
    """An unknown cache, another model, and a system instruction beside it."""
    cache = client.caches.create(model=FLASH, config=holding(2_000))
    with pytest.raises(genai.errors.ClientError, match=refusal):
        client.models.generate_content(
            model=model,
            contents="Hi",
            config={"cached_content": cache.name, **config},  # type: ignore[arg-type]  # a dict is a config
        )


@pytest.mark.parametrize(
    ("config", "refusal"),
    [
        ({"contents": "Too short."}, "too small"),
        ({"contents": MANUAL, "ttl": "an hour"}, "3600s"),
        ({"contents": MANUAL, "ttl": "0s"}, "in the past"),
    ],
)
def test_a_cache_that_cannot_be_is_refused(
    client: genai.Client, config: dict[str, Any], refusal: str
) -> None:
    """Too few tokens, and no proper time to live."""
    with pytest.raises(genai.errors.ClientError, match=refusal):
        client.caches.create(model=FLASH, config=config)  # type: ignore[arg-type]  # a dict is a config


def test_caches_on_vertex_have_the_names_of_their_project(vertex: genai.Client) -> None:
    """Full resource names, as Vertex AI gives them."""
    cache = vertex.caches.create(model=FLASH, config=holding(2_000))
    assert cache.name
    assert cache.name.startswith("projects/skerry/locations/europe-west1/cachedContents/")
    response = vertex.models.generate_content(
        model=FLASH, contents="Hi", config={"cached_content": cache.name}
    )
    assert response.usage_metadata
    assert response.usage_metadata.cached_content_token_count == 2_000


class Hands:
    """A clock that the test turns."""

    def __init__(self) -> None:
        self.seconds = NOON

    def __call__(self) -> int:
        """Unix nanoseconds, a quarter of a second past."""
        return self.seconds * 10**9 + 250_000_000


@pytest.fixture
def clock() -> Hands:
    """Noon, until the test says otherwise."""
    return Hands()


@pytest.fixture
def asked(clock: Hands) -> Iterator[Callable[..., Any]]:
    """Ask a simulator that lives by the test's clock."""
    with TestClient(create_app(clock=clock)) as http:

        def ask(method: str, path: str, **more: Any) -> Any:
            return http.request(method, path, headers={"x-goog-api-key": "any"}, **more)

        yield ask


def test_storage_is_billed_for_the_life_a_cache_had(
    asked: Callable[..., Any], clock: Hands
) -> None:
    """Whole seconds from creation to expiry or deletion; what still lives is told apart."""
    body = {"model": f"models/{FLASH}", "contents": [{"parts": [{"text": MANUAL}]}]}
    names = [
        asked("POST", "/v1/cachedContents", json=body | {"ttl": ttl}).json()["name"]
        for ttl in ("600s", "7200s", "86400s")
    ]
    clock.seconds += 1_000
    assert asked("GET", f"/v1/{names[0]}").status_code == 404
    deleted = asked("DELETE", f"/v1/{names[1]}")
    assert deleted.headers["date"] == "Fri, 20 Nov 2026 12:16:40 GMT"
    entries = asked("GET", "/simulator/record").json()["entries"]
    assert [entry["usageMetadata"] for entry in entries[:3]] == [{"totalTokenCount": 2_800}] * 3
    assert [
        (entry["name"], entry["tokens"], entry["to_unix_seconds"] - entry["from_unix_seconds"])
        for entry in entries[3:]
    ] == [(names[0], 2_800, 600), (names[1], 2_800, 1_000)]
    (alive,) = asked("GET", "/simulator/caches").json()["caches"]
    assert alive == {
        "name": names[2],
        "model": FLASH,
        "platform": "gemini_api",
        "tokens": 2_800,
        "from_unix_seconds": NOON,
        "to_unix_seconds": NOON + 1_000,
    }


def test_a_cache_call_can_be_made_to_fail(
    simulator: SimulatorProcess, client: genai.Client
) -> None:
    """The header of faults works here, too, and a missing key is refused."""
    with pytest.raises(genai.errors.ServerError):
        client.caches.create(
            model=FLASH,
            config={"contents": MANUAL, "http_options": {"headers": {"x-simulator-fault": "503"}}},
        )
    assert httpx.get(f"{simulator.url}/v1/cachedContents", trust_env=False).status_code == 403
