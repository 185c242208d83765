"""Points 18 and 19 of the accuracy checklist: embeddings by their tokens, media by the piece."""

from typing import Any

import pytest
from end_to_end.exact_bill.asking import Till, exactly, usd
from google import genai
from google.genai import types
from support.gemini import Json, by_modality, said, usage

pytestmark = pytest.mark.filterwarnings("ignore:The .* method is deprecated")

PICTURE: Json = {"mimeType": "image/png", "bytesBase64Encoded": "iVBORw0KGgo="}
WITHHELD: Json = {"raiFilteredReason": "Unable to show the generated image."}
OPERATION = "projects/skerry/locations/global/publishers/google/models/{}/operations/{}"


def embed(model: str) -> Any:
    """An app that embeds two texts."""
    texts: Any = ["How much?", "So much."]

    def act(client: genai.Client) -> None:
        client.models.embed_content(model=model, contents=texts)

    return act


def imagine(client: genai.Client) -> None:
    """An app that wants three images."""
    client.models.generate_images(
        model="imagen-4.0-fast-generate-001", prompt="A cat.", config={"number_of_images": 3}
    )


def film(model: str, **config: Any) -> Any:
    """An app that wants videos, and looks once."""

    def act(client: genai.Client) -> None:
        source = types.GenerateVideosSource(prompt="A cat.")
        wanted = types.GenerateVideosConfig(**config)
        operation = client.models.generate_videos(model=model, source=source, config=wanted)
        client.operations.get(operation)

    return act


def made(name: str, videos: int, withheld: int = 0) -> list[Json]:
    """The answers to a request for videos and to a look at it."""
    film: Json = {"gcsUri": "gs://videos/1.mp4", "mimeType": "video/mp4"}
    response = {"videos": [film] * videos, "raiMediaFilteredCount": withheld}
    begun: Json = {"name": name, "modelVersion": None, "responseId": None}
    return [{"response": begun}, {"response": begun | {"done": True, "response": response}}]


def test_point_18_the_gemini_api_says_usage(till: Till) -> None:
    """12,345 tokens at $0.15 a million."""
    told = {"promptTokenCount": 12_345, "totalTokenCount": 12_345}
    answer = {"response": {"embeddings": [{"values": [1.0]}] * 2, "usageMetadata": told}}
    (bill,) = till.bills_of(embed("gemini-embedding-001"), answer)

    assert bill.verdict == exactly("0.00185175")


def test_point_18_vertex_ai_says_statistics_and_characters(till: Till) -> None:
    """7 and 5 tokens at $0.15 a million, whatever the characters."""
    counted = [
        {"embeddings": {"values": [1.0], "statistics": {"token_count": tokens}}}
        for tokens in (7, 5)
    ]
    answer = {"response": {"predictions": counted, "metadata": {"billableCharacterCount": 40}}}
    (bill,) = till.bills_of(embed("gemini-embedding-001"), answer, vertex="global")

    assert bill.verdict == exactly("0.0000018")
    assert bill.attributes["gemledger.usage.billable_characters"] == 40


def test_point_18_each_modality_has_its_own_rate(till: Till) -> None:
    """A thousand each of text ($0.20), image ($0.45), audio ($6.50) and video ($12)."""
    details = by_modality(text=1_000, image=1_000, audio=1_000, video=1_000)
    told = {"promptTokenCount": 4_000, "totalTokenCount": 4_000, "promptTokensDetails": details}
    answer = {"response": {"embeddings": [{"values": [1.0]}], "usageMetadata": told}}
    (bill,) = till.bills_of(embed("gemini-embedding-2"), answer)

    assert bill.verdict == exactly("0.01915")


def test_point_18_without_usage_there_is_no_price(till: Till) -> None:
    """Never a zero."""
    answer = {"response": {"embeddings": [{"values": [1.0]}]}}
    (bill,) = till.bills_of(embed("gemini-embedding-001"), answer)

    assert bill.verdict == (None, "unpriced", ("no_usage",))


@pytest.mark.parametrize(
    ("predictions", "verdict"),
    [
        ([PICTURE] * 3, (usd("0.06"), "estimated", ("inferred_rate",))),
        ([PICTURE, WITHHELD, PICTURE], (usd("0.04"), "estimated", ("inferred_rate",))),
        ([PICTURE, PICTURE | WITHHELD], (usd("0.02"), "estimated", ("inferred_rate",))),
        ([WITHHELD] * 3, (0, "exact", ("all_filtered",))),
        ([], (0, "exact", ("all_filtered",))),
    ],
    ids=["three", "two of three", "one withheld though there", "none, said", "none, not said"],
)
def test_point_19_images_are_counted_from_what_was_not_withheld(
    till: Till, predictions: list[Json], verdict: Any
) -> None:
    """$0.02 each; Vertex AI's price is taken from the Gemini API's page."""
    (bill,) = till.bills_of(imagine, {"response": {"predictions": predictions}}, vertex="global")

    assert bill.verdict == verdict


@pytest.mark.parametrize(
    ("model", "resolution", "videos", "amount"),
    [
        ("veo-3.1-generate-001", "720p", 1, "2.4"),
        ("veo-3.1-generate-001", "4k", 2, "7.2"),
        ("veo-3.1-fast-generate-001", "1080p", 1, "0.72"),
        ("veo-3.1-lite-generate-001", "720p", 2, "0.6"),
    ],
)
def test_point_19_videos_are_seconds_times_resolution(
    till: Till, model: str, resolution: str, videos: int, amount: str
) -> None:
    """Six seconds each; one more was withheld, and is free."""
    name = OPERATION.format(model, f"{resolution}-{videos}")
    bills = till.bills_of(
        film(model, duration_seconds=6, resolution=resolution, number_of_videos=videos + 1),
        *made(name, videos, withheld=1),
        vertex="global",
    )

    asked, looked, settled = bills
    assert asked.verdict == (0, "exact", ("settled_later",))
    assert looked.verdict == (0, "exact", ("free_operation",))
    assert settled.verdict == exactly(amount)
    assert settled.attributes["gemledger.usage.resolution"] == resolution


def test_point_19_songs_are_counted_from_what_was_sung(till: Till) -> None:
    """$0.08, whatever its tokens; one candidate is silent."""
    sound = {"inlineData": {"mimeType": "audio/mpeg", "data": "SUQz"}}
    answer = said(sound, usage=usage(10, 750))
    answer["candidates"] += said("No.")["candidates"]
    bill = till.ask("lyria-3-pro-preview", {"response": answer})

    assert bill.attributes["gemledger.usage.songs"] == 1
    assert bill.verdict == (usd("0.08"), "estimated", ("inferred_rate",))
