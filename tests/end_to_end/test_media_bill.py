"""What is no answer in words: embeddings, images, videos, sound, indexing, counting; from the SDK to the ledger.

Every amount is written out by hand: rate times count, in picoUSD.
"""

import itertools
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from google import genai
from google.genai import types
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, ALWAYS_ON, Sampler
from support.clients import gemini_api, vertex_ai
from support.processes import CollectorProcess

import gemledger
from gemledger.instrumentor import GeminiInstrumentor
from gemledger_simulator.process import SimulatorProcess

pytestmark = [
    pytest.mark.filterwarnings("ignore:The .* method is deprecated"),
    pytest.mark.filterwarnings("ignore:.*tuning implementation is experimental"),
]

NOON = 1_795_176_000 * 10**9
"""2026-11-20, far from any change of price."""
TEXTS: Any = ["x" * 4_000, "y" * 400]
VEO, PROMPT = "veo-3.1-generate-001", types.GenerateVideosSource(prompt="A neon cat.")
PICTURES = "imagen-4.0-generate-001"


class Clients(NamedTuple):
    """Both platforms, and a text of 40,001 bytes."""

    gemini: genai.Client
    vertex: genai.Client
    page: Path


class Bill(NamedTuple):
    """What some calls must cost together; None: nobody knows, which is not nothing."""

    act: Callable[[Clients], object]
    pico_usd: int | None
    status: str = "exact"
    reasons: tuple[str, ...] = ()


def of_media(text: str, **wishes: int) -> dict[str, Any]:
    """A config from JSON, under which images or videos come out as wished."""
    headers = {"x-simulator-media": json.dumps(wishes)}
    config: dict[str, Any] = json.loads(text)
    return config | {"http_options": {"headers": headers}}


def pictures(text: str, **wishes: int) -> Callable[[Clients], object]:
    """Ask for images."""
    config: Any = of_media(text, **wishes)
    return lambda at: at.vertex.models.generate_images(
        model=PICTURES, prompt="A cat.", config=config
    )


def videos(text: str, model: str = VEO, **wishes: int) -> Callable[[Clients], object]:
    """Ask for videos, and look three times."""

    def act(at: Clients) -> None:
        config: Any = of_media(text, **wishes)
        operation = at.vertex.models.generate_videos(model=model, source=PROMPT, config=config)
        for _ in range(3):
            at.vertex.operations.get(operation)

    return act


def embedding(model: str, *, on_vertex: bool = False, contents: Any = TEXTS) -> Any:
    """Embed."""
    return lambda at: (at.vertex if on_vertex else at.gemini).models.embed_content(
        model=model, contents=contents
    )


def content(model: str, **usage: Any) -> Callable[[Clients], object]:
    """An answer of exactly this usage, or of the simulator's own."""
    headers = {"x-simulator-usage": json.dumps(usage)} if usage else {}
    config = types.GenerateContentConfig(http_options=types.HttpOptions(headers=headers))
    return lambda at: at.gemini.models.generate_content(
        model=model, contents="x" * 40, config=config
    )


def indexing(at: Clients) -> None:
    """A document is uploaded to a store, another imported; somebody looks whether it is done."""
    store = at.gemini.file_search_stores.create().name or ""
    operation = at.gemini.file_search_stores.upload_to_file_search_store(
        file_search_store_name=store, file=at.page
    )
    at.gemini.operations.get(operation)
    file = at.gemini.files.upload(file=at.page).name or ""
    at.gemini.file_search_stores.import_file(file_search_store_name=store, file_name=file)


def tuning(at: Clients) -> None:
    """A model is tuned, and somebody looks twice."""
    job = at.vertex.tunings.tune(
        base_model="gemini-2.5-flash",
        training_dataset=types.TuningDataset(gcs_uri="gs://examples/training.jsonl"),
    )
    for _ in range(2):
        at.vertex.tunings.get(name=job.name or "")


MODALITIES = types.Content(
    parts=[
        types.Part.from_text(text="z" * 40),
        types.Part.from_bytes(data=b"\x89PNG", mime_type="image/png"),
        types.Part.from_bytes(data=b"ID3", mime_type="audio/mp3"),
        types.Part.from_bytes(data=b"ftyp", mime_type="video/mp4"),
    ]
)
ASSUMED = ("video_seconds_assumed", "resolution_assumed")

BILLS = {
    "point 18: usage of the Gemini API": Bill(embedding("gemini-embedding-001"), 1_100 * 150_000),
    "point 18: statistics of Vertex AI": Bill(
        embedding("gemini-embedding-001", on_vertex=True), 1_100 * 150_000
    ),
    "point 18: four modalities": Bill(
        embedding("gemini-embedding-2", contents=MODALITIES),
        10 * 200_000 + 258 * 450_000 + 32 * 6_500_000 + 295 * 12_000_000,
    ),
    "point 18: characters of a model without a price": Bill(
        embedding("text-embedding-005", on_vertex=True), None, "unpriced", ("unknown_model",)
    ),
    "point 19: two of three images": Bill(
        pictures('{"number_of_images": 3}', filtered=1),
        2 * 40_000_000_000,
        "estimated",
        ("inferred_rate",),
    ),
    "point 19: no image": Bill(
        pictures('{"number_of_images": 2, "include_rai_reason": true}', filtered=2),
        0,
        "exact",
        ("all_filtered",),
    ),
    "point 19: two of three videos in 4k": Bill(
        videos('{"duration_seconds": 6, "resolution": "4k", "number_of_videos": 3}', filtered=1),
        2 * 6 * 600_000_000_000,
    ),
    "point 19: a fast video": Bill(
        videos('{"duration_seconds": 4, "resolution": "1080p"}', "veo-3.1-fast-generate-001"),
        4 * 120_000_000_000,
    ),
    "point 19: a video as the model makes it": Bill(
        videos("{}"), 8 * 400_000_000_000, "estimated", ASSUMED
    ),
    "point 19: no video": Bill(
        videos('{"number_of_videos": 2}', filtered=2), 0, "exact", ("all_filtered",)
    ),
    "point 19: a video that failed": Bill(videos("{}", error=13), 0),
    "point 19: a song": Bill(
        content("lyria-3-pro-preview"), 80_000_000_000, "estimated", ("inferred_rate",)
    ),
    "case h: an image by its tokens": Bill(
        content(
            "gemini-3.1-flash-image",
            promptTokenCount=50,
            candidatesTokenCount=1_140,
            thoughtsTokenCount=100,
            candidatesTokensDetails=[
                {"modality": "TEXT", "tokenCount": 20},
                {"modality": "IMAGE", "tokenCount": 1_120},
            ],
        ),
        67_585_000_000,
    ),
    "speech": Bill(content("gemini-3.8-flash-tts"), 10 * 500_000 + 100 * 9_000_000),
    "point 28: counting": Bill(
        lambda at: at.gemini.models.count_tokens(model="gemini-3.8-flash", contents="x"), 0
    ),
    "indexing": Bill(indexing, 2 * 10_001 * 150_000, "estimated", ("tokens_estimated",)),
    "tuning": Bill(tuning, None, "unpriced", ("no_rate:tuning",)),
}

CHARGES = """
SELECT feature, cost_pico_usd, app_cost_pico_usd, cost_status, app_cost_status, cost_reasons,
       charge_type, calls, media_pico_usd + input_pico_usd + output_pico_usd + thoughts_pico_usd AS lines
FROM charges
"""
FREE = ("free_operation", "settled_later")
SEVERITY = ("exact", "estimated", "unpriced")


class Told(NamedTuple):
    """What the store says of the charges of one feature together."""

    pico_usd: int | None
    status: str
    reasons: tuple[str, ...]

    @classmethod
    def of(cls, charges: list[dict[str, Any]]) -> "Told":
        """Their sum, the worst status, and every reason but those for which a call is free."""
        status = max((charge["cost_status"] for charge in charges), key=SEVERITY.index)
        words = ",".join(charge["cost_reasons"] or "" for charge in charges).split(",")
        reasons = dict.fromkeys(word for word in words if word and word not in FREE)
        known = [charge["cost_pico_usd"] for charge in charges]
        return cls(None if None in known else sum(known), status, tuple(reasons))


@pytest.fixture(scope="module")
def simulator() -> Iterator[SimulatorProcess]:
    """A Gemini that makes everything."""
    with SimulatorProcess() as process:
        yield process


@pytest.fixture
def clients(simulator: SimulatorProcess, tmp_path: Path) -> Iterator[Clients]:
    """Both platforms."""
    page = tmp_path / "page.txt"
    page.write_text("x" * 40_001)
    with gemini_api(simulator.url) as gemini, vertex_ai(simulator.url) as vertex:
        yield Clients(gemini, vertex, page)


@pytest.mark.parametrize("sampler", [ALWAYS_ON, ALWAYS_OFF], ids=["sampled", "not sampled"])
def test_every_kind_of_media_is_the_same_picodollar_in_the_store(
    clients: Clients, start_collector: Callable[..., CollectorProcess], sampler: Sampler
) -> None:
    """App and collector agree on every charge; what is settled is settled once; the ledger is their sum."""
    collector = start_collector()
    provider = TracerProvider(sampler=sampler, shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(f"{collector.url}/v1/traces")))
    ticks = itertools.count(NOON, 1_000)
    GeminiInstrumentor().instrument(tracer_provider=provider, clock=lambda: next(ticks))
    try:
        for name, bill in BILLS.items():
            with gemledger.attribution(feature=name):
                bill.act(clients)
    finally:
        gemledger.uninstrument()
        provider.shutdown()

    charges: dict[str, list[dict[str, Any]]] = {}
    for charge in collector.query(CHARGES):
        charges.setdefault(charge["feature"], []).append(charge)
        assert charge["cost_pico_usd"] == charge["app_cost_pico_usd"]
        assert charge["cost_status"] == charge["app_cost_status"]
        assert charge["lines"] == charge["cost_pico_usd"]
    assert {name: Told.of(found) for name, found in charges.items()} == {
        name: Told(bill.pico_usd, bill.status, bill.reasons) for name, bill in BILLS.items()
    }
    told = [(c["charge_type"], c["calls"]) for found in charges.values() for c in found]
    settled = [kind for kind, calls in told if not calls]
    assert {kind for kind, calls in told if calls} == {
        "call" if sampler is ALWAYS_ON else "unsampled"
    }
    assert sorted(settled) == ["tuning", *["video"] * 4]
    jobs = collector.query(
        "SELECT kind, state, count(*) AS jobs FROM jobs GROUP BY ALL ORDER BY ALL"
    )
    assert [tuple(job.values()) for job in jobs] == [
        ("tuning", "settled", 1),
        ("video", "failed", 1),
        ("video", "settled", 4),
    ]
    assert _ledger(collector) == sum(bill.pico_usd or 0 for bill in BILLS.values())


def _ledger(collector: CollectorProcess) -> int:
    """Everything of that day that has a price."""
    day = {"since": "2026-11-20T00:00:00Z", "until": "2026-11-21T00:00:00Z"}
    totals = collector.get("/api/v1/spend", **day)["totals"]
    return int(totals["known_pico_usd"]) + int(totals["estimated_pico_usd"])
