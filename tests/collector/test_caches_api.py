"""The ledger of caches over HTTP: what each has cost and saved, and whether it is worth keeping."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest
from google import genai
from google.genai import types
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from support.caches import HOUR, created, deleted, gone, read
from support.collector import RunningCollector, config_for
from support.day import Clock, SimulatorInThread
from support.otlp import NOON, payload
from support.waiting import eventually

import gemledger
from gemledger.instrumentor import GeminiInstrumentor

SETTLING = {"extensions": {"settle": {"interval": "20ms"}}}


@pytest.fixture
def clock() -> Clock:
    """Noon."""
    return Clock(NOON)


@pytest.fixture
def collector(tmp_path: Path, clock: Clock) -> Iterator[RunningCollector]:
    """A collector that lives by the test's clock, and settles all the time."""
    with RunningCollector(config_for(tmp_path / "caches.duckdb", **SETTLING), clock) as running:
        yield running


def settled(collector: RunningCollector, until: str) -> list[dict[str, Any]]:
    """The caches, once the storage of the newest is billed up to then."""
    return eventually(
        lambda: collector.get("/api/v1/caches")["caches"],
        lambda caches: bool(caches) and caches[0]["storage_until"] == until,
    )


def test_a_cache_is_shown_with_what_it_cost_and_saved(
    collector: RunningCollector, clock: Clock
) -> None:
    """The example of docs/caches.md: 50,000 tokens of 2.5 Flash for three hours, read twelve times."""
    reads = [read(600 * n, 50_000) for n in range(1, 13)]
    collector.send(payload([created(50_000), *reads]))
    clock.go_on(3 * HOUR)
    (cache,) = settled(collector, "2026-11-01T15:00:00Z")
    creation = 50_000 * 300_000  # 0.015 USD
    storage = 3 * 50_000 * 1_000_000  # 0.15 USD
    saved = 12 * 50_000 * (300_000 - 30_000)  # 0.162 USD
    assert (creation, storage, saved) == (15 * 10**9, 150 * 10**9, 162 * 10**9)
    assert cache["creation_pico_usd"] == str(creation)
    assert cache["storage_pico_usd"] == str(storage)
    assert cache["paid_pico_usd"] == str(creation + storage)
    assert cache["saved_pico_usd"] == str(saved)
    assert cache["net_pico_usd"] == str(saved - creation - storage) == "-3000000000"
    assert (cache["reads"], cache["read_tokens"]) == (12, 600_000)
    assert cache["break_even_reads_per_hour"] == "3.704"  # 1.00 / (0.30 - 0.03)
    assert cache["break_even_reads"] == 13  # 0.165 / 0.0135 = 12.2…
    assert cache["reads_per_hour"] == "4.000"
    assert cache["verdict"] == "keep"
    assert cache["reason"] == "4 reads an hour, and 3.7 pay for its storage"
    assert (cache["state"], cache["team"], cache["feature"]) == ("live", "search", "manuals")
    assert (cache["created"], cache["ends"]) == ("2026-11-01T12:00:00Z", "2026-11-02T12:00:00Z")


class Expected(NamedTuple):
    """What the ledger says of a cache after a story."""

    state: str
    verdict: str | None
    reason: str
    orphan: bool = False


OFTEN = tuple(read(HOUR * 23 + n) for n in range(40))


@pytest.mark.parametrize(
    ("story", "hours", "expected"),
    [
        ((), 1, Expected("live", "keep", "too early to tell")),
        ((), 7, Expected("live", "delete", "nobody has read it for 6 h", orphan=True)),
        ((read(HOUR),), 6.5, Expected("live", "delete", "0.17 reads an hour, and 3.7 pay")),
        (OFTEN, 23.5, Expected("live", "extend", "it ends within the hour")),
        ((), 25, Expected("expired", None, "it is over: expired")),
        ((deleted(1_000),), 2, Expected("deleted", None, "it is over: deleted")),
        ((gone(1_000),), 2, Expected("gone", None, "it is over: gone")),
    ],
)
def test_the_verdict_says_what_to_do_and_why(
    collector: RunningCollector,
    clock: Clock,
    story: tuple[Span, ...],
    hours: float,
    expected: Expected,
) -> None:
    """Keep, delete, extend; no verdict where there is nothing to decide any more."""
    collector.send(payload([created(), *story]))
    clock.go_on(hours * HOUR)
    (cache,) = collector.get("/api/v1/caches")["caches"]
    assert (cache["state"], cache["verdict"], cache["orphan"]) == (
        expected.state,
        expected.verdict,
        expected.orphan,
    )
    assert expected.reason in cache["reason"]


def test_what_was_refused_or_not_heard_of_for_long_is_flagged(
    collector: RunningCollector, clock: Clock
) -> None:
    """A cache for ever is none; one made for a year is not billed for ever."""
    collector.send(
        payload(
            [
                created(cache_name="cachedContents/ages", ttl=999 * 366 * 24 * HOUR),
                created(cache_name="cachedContents/year", ttl=365 * 24 * HOUR),
                gone(60, cache_name="cachedContents/nobody"),
            ]
        )
    )
    clock.go_on(40 * 24 * HOUR)
    since = "2026-11-01T00:00:00Z"
    found = {
        cache["name"]: cache for cache in collector.get("/api/v1/caches", since=since)["caches"]
    }
    assert found["cachedContents/ages"]["state"] == "refused"
    assert found["cachedContents/ages"]["flags"] == ["absurd_life"]
    assert found["cachedContents/nobody"]["state"] == "unknown"
    assert found["cachedContents/year"]["state"] == "unconfirmed"
    assert "look at it" in found["cachedContents/year"]["reason"]


def test_caches_come_in_pages_and_totals_are_of_all(
    collector: RunningCollector, clock: Clock
) -> None:
    """Three caches in pages of two, the newest first; none of them where only later ones are asked for."""
    made = [created(1_000 * n, n, ttl=HOUR, cache_name=f"cachedContents/c{n}") for n in (1, 2, 3)]
    collector.send(payload(made))
    first = collector.get("/api/v1/caches", limit=2)
    rest = collector.get("/api/v1/caches", limit=2, offset=first["next_offset"])
    names = [cache["name"][-2:] for page in (first, rest) for cache in page["caches"]]
    assert names == ["c3", "c2", "c1"]
    assert rest["next_offset"] is None
    assert first["totals"]["caches"] == 3
    assert first["totals"]["creation_pico_usd"] == str(6_000 * 300_000)
    clock.go_on(9 * HOUR)
    later = collector.get("/api/v1/caches", since="2026-11-01T20:00:00Z")
    assert later["caches"] == []
    assert collector.http.get("/api/v1/caches", params={"limit": 0}).status_code == 400


@pytest.fixture
def simulator(clock: Clock) -> Iterator[SimulatorInThread]:
    """A simulated Gemini that reads the test's clock."""
    with SimulatorInThread(clock) as running:
        yield running


@pytest.fixture
def client(
    clock: Clock, collector: RunningCollector, simulator: SimulatorInThread
) -> Iterator[genai.Client]:
    """The real SDK on the same clock; its spans go to the collector at once."""
    provider = TracerProvider(shutdown_on_exit=False)
    exporter = OTLPSpanExporter(endpoint=f"{collector.url}/v1/traces")
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    GeminiInstrumentor().instrument(tracer_provider=provider, clock=clock)
    options = types.HttpOptions(base_url=simulator.url)
    with genai.Client(api_key="any", http_options=options) as opened:
        yield opened
    gemledger.uninstrument()
    provider.shutdown()


def test_from_the_sdk_to_the_ledger_storage_is_what_google_bills(
    client: genai.Client,
    collector: RunningCollector,
    simulator: SimulatorInThread,
    clock: Clock,
) -> None:
    """Three caches, one expires, one is prolonged and deleted, one lives on: as on the simulator's own invoice."""
    model = "gemini-3.8-flash"

    def holding(tokens: int, ttl: str) -> Any:
        usage = json.dumps({"promptTokenCount": tokens})
        return {
            "contents": "as the header says",
            "ttl": ttl,
            "http_options": {"headers": {"x-simulator-usage": usage}},
        }

    with gemledger.attribution(team="docs"):
        client.caches.create(model=model, config=holding(30_001, "5000s"))
        prolonged = client.caches.create(model=model, config=holding(70_003, "600s"))
        client.caches.create(model=model, config=holding(11_111, "86400s"))
    clock.go_on(300)
    assert prolonged.name
    client.caches.update(name=prolonged.name, config={"ttl": "90000s"})
    client.models.generate_content(
        model=model, contents="Hi", config={"cached_content": prolonged.name}
    )
    clock.go_on(9_000)
    client.caches.delete(name=prolonged.name)
    clock.go_on(5_100)
    storage = (  # 3.8 Flash: 0.50 USD per million token-hours until the end of the year
        30_001 * 5_000 * 500_000 // 3_600 + 70_003 * 9_300 * 500_000 // 3_600 + 4 * 11_111 * 500_000
    )
    bill = "select sum(storage_pico_usd)::bigint from charges where charge_type = 'cache_storage'"
    assert eventually(lambda: collector.select(bill), lambda rows: rows == [[storage]])
    answer = collector.get("/api/v1/caches")
    totals = answer["totals"]
    assert totals["creation_pico_usd"] == str((30_001 + 70_003 + 11_111) * 750_000)
    assert totals["storage_pico_usd"] == str(storage)
    assert totals["saved_pico_usd"] == str(70_003 * (750_000 - 75_000))
    assert [cache["state"] for cache in answer["caches"]] == ["live", "deleted", "expired"]
    assert {cache["team"] for cache in answer["caches"]} == {"docs"}
    record = httpx.get(f"{simulator.url}/simulator/record", trust_env=False).json()
    invoiced = [
        (entry["tokens"], entry["to_unix_seconds"] - entry["from_unix_seconds"])
        for entry in record["entries"]
        if entry["kind"] == "cache_storage"
    ]
    assert sorted(invoiced) == [(30_001, 5_000), (70_003, 9_300)]
