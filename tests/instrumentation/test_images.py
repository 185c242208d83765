"""Images by the piece: those that came back are billed, those that were withheld are not."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from google import genai
from google.genai import types
from support.clients import vertex_ai

from gemledger_simulator.process import SimulatorProcess

pytestmark = pytest.mark.filterwarnings("ignore:The .* method is deprecated")

IMAGEN, ULTRA = "imagen-4.0-generate-001", "imagen-4.0-ultra-generate-001"
PICTURE = types.Image(image_bytes=b"\x89PNG", mime_type="image/png")
PICO_USD_PER_IMAGE = 40_000_000_000
"""$0.04; the book has it from the Gemini API's page and takes Vertex AI's to be the same, so it is an estimate."""
SENT = {"mimeType": "image/png", "bytesBase64Encoded": "iVBORw0KGgo="}
ABOUT_THE_PROMPT = {"contentType": "Positive Prompt", "safetyAttributes": {"scores": [0.1]}}

Ask = Callable[[Any, dict[str, Any]], Any]


def generate(models: Any, config: dict[str, Any]) -> Any:
    """Imagine."""
    return models.generate_images(model=IMAGEN, prompt="A lighthouse.", config=config)


def edit(models: Any, config: dict[str, Any]) -> Any:
    """Change a part of a picture."""
    raw = types.RawReferenceImage(reference_image=PICTURE, reference_id=0)
    return models.edit_image(
        model=IMAGEN, prompt="At night.", reference_images=[raw], config=config
    )


def recontext(models: Any, config: dict[str, Any]) -> Any:
    """Put a picture elsewhere."""
    source = types.RecontextImageSource(prompt="On the moon.", person_image=PICTURE)
    return models.recontext_image(model=IMAGEN, source=source, config=config)


def withheld(count: int, **config: Any) -> dict[str, Any]:
    """A config under which so many of the images are withheld."""
    wishes = json.dumps({"filtered": count})
    return config | {"http_options": {"headers": {"x-simulator-media": wishes}}}


async def both_sides(client: genai.Client, ask: Ask, config: dict[str, Any]) -> None:
    """The same request by the sync and by the async client."""
    ask(client.models, config)
    async with client.aio as opened:
        await ask(opened.models, config)


@pytest.mark.parametrize("ask", [generate, edit, recontext], ids=lambda ask: ask.__name__)
async def test_every_image_that_came_back_is_billed(
    simulator: SimulatorProcess, recorded: Any, ask: Ask
) -> None:
    """Three images, $0.12, whichever way they were made."""
    await both_sides(vertex_ai(simulator.url), ask, {"number_of_images": 3})

    assert len(recorded.spans) == 2
    for span in recorded.spans:
        told = span.attributes
        assert (
            told["gen_ai.operation.name"]
            == f"{ask.__name__}_{'images' if ask is generate else 'image'}"
        )
        assert told["gen_ai.request.model"] == IMAGEN
        assert told["gemledger.usage.images"] == 3
        assert told["gemledger.cost.pico_usd"] == 3 * PICO_USD_PER_IMAGE
        assert told["gemledger.cost.media.pico_usd"] == 3 * PICO_USD_PER_IMAGE
        assert told["gemledger.cost.reasons"] == ("inferred_rate",)


async def test_an_enlarged_image_is_one(simulator: SimulatorProcess, recorded: Any) -> None:
    """`upscale_image` gives one for one."""

    def upscale(models: Any, _: Any) -> Any:
        return models.upscale_image(model=IMAGEN, image=PICTURE, upscale_factor="x2")

    await both_sides(vertex_ai(simulator.url), upscale, {})

    for span in recorded.spans:
        assert span.attributes["gen_ai.operation.name"] == "upscale_image"
        assert span.attributes["gemledger.cost.pico_usd"] == PICO_USD_PER_IMAGE


async def test_masks_of_a_model_without_a_price_are_unpriced_and_counted(
    simulator: SimulatorProcess, recorded: Any
) -> None:
    """`segment_image`: nobody here knows what its model costs, and that is not nothing."""

    def segment(models: Any, _: Any) -> Any:
        source = types.SegmentImageSource(image=PICTURE)
        return models.segment_image(model="image-segmentation-001", source=source)

    await both_sides(vertex_ai(simulator.url), segment, {})

    for span in recorded.spans:
        assert span.attributes["gen_ai.operation.name"] == "segment_image"
        assert span.attributes["gemledger.usage.images"] == 1
        assert span.attributes["gemledger.cost.status"] == "unpriced"
        assert span.attributes["gemledger.cost.reasons"] == ("unknown_model",)


def test_where_no_mask_was_found_the_search_may_have_been_billed(
    simulator: SimulatorProcess, recorded: Any
) -> None:
    """Nobody says so: no zero."""
    client = vertex_ai(simulator.url, x_simulator_script=json.dumps({"response": {}}))
    source = types.SegmentImageSource(image=PICTURE)
    client.models.segment_image(model="image-segmentation-001", source=source)

    assert recorded.attributes["gemledger.cost.status"] == "unpriced"


def test_an_image_that_was_withheld_is_free(simulator: SimulatorProcess, recorded: Any) -> None:
    """Two of three; the third is told."""
    client = vertex_ai(simulator.url)
    generate(client.models, withheld(1, number_of_images=3, include_rai_reason=True))

    told = recorded.attributes
    assert told["gemledger.usage.images"] == 2
    assert told["gemledger.filtered"] == 1
    assert told["gemledger.cost.pico_usd"] == 2 * PICO_USD_PER_IMAGE


@pytest.mark.parametrize("include_rai_reason", [False, True], ids=["silently", "with a reason"])
def test_where_all_were_withheld_the_call_costs_exactly_nothing(
    simulator: SimulatorProcess, recorded: Any, include_rai_reason: bool
) -> None:
    """Google says so in the answer, or leaves it empty."""
    config = withheld(2, number_of_images=2, include_rai_reason=include_rai_reason)
    client = vertex_ai(simulator.url)
    generate(client.models, config)

    told = recorded.attributes
    assert told["gemledger.cost.pico_usd"] == 0
    assert told["gemledger.cost.status"] == "exact"
    assert told["gemledger.cost.reasons"] == ("all_filtered",)
    assert told["gemledger.error.kind"] == "safety"
    assert told.get("gemledger.filtered") == (2 if include_rai_reason else None)


@pytest.mark.parametrize(
    ("predictions", "pico_usd", "status", "reasons"),
    [
        ([{}], None, "unpriced", ("no_usage",)),
        ([SENT, {}], PICO_USD_PER_IMAGE, "lower_bound", ("inferred_rate", "partial_usage")),
        ([SENT, ABOUT_THE_PROMPT], PICO_USD_PER_IMAGE, "estimated", ("inferred_rate",)),
    ],
    ids=["alone", "beside another", "about the prompt"],
)
def test_an_answer_without_image_and_reason_is_no_zero(
    simulator: SimulatorProcess,
    recorded: Any,
    predictions: list[Any],
    pico_usd: int | None,
    status: str,
    reasons: tuple[str, ...],
) -> None:
    """It may have been billed; but for the attributes of a prompt, which are no image."""
    script = json.dumps({"response": {"predictions": predictions}})
    client = vertex_ai(simulator.url, x_simulator_script=script)
    edit(client.models, {"number_of_images": 1})

    told = recorded.attributes
    assert told.get("gemledger.cost.pico_usd") == pico_usd
    assert told["gemledger.cost.status"] == status
    assert sorted(told["gemledger.cost.reasons"]) == sorted(reasons)


def test_the_size_asked_for_is_told_and_the_models_price_holds(
    simulator: SimulatorProcess, recorded: Any
) -> None:
    """Ultra costs $0.06 at every size."""
    config = types.GenerateImagesConfig(number_of_images=1, image_size="2K")
    client = vertex_ai(simulator.url)
    client.models.generate_images(model=ULTRA, prompt="x", config=config)

    told = recorded.attributes
    assert told["gemledger.usage.resolution"] == "2k"
    assert told["gemledger.cost.pico_usd"] == 60_000_000_000


def test_a_refused_request_costs_nothing_and_the_error_is_the_users(
    simulator: SimulatorProcess, recorded: Any
) -> None:
    """As with every other call."""
    client = vertex_ai(simulator.url, x_simulator_fault="429")
    with pytest.raises(genai.errors.ClientError, match="429"):
        generate(client.models, {})

    assert recorded.attributes["error.type"] == "429"
    assert recorded.attributes["gemledger.cost.pico_usd"] == 0


def test_the_prompt_is_on_the_span_only_where_content_is_wanted(
    simulator: SimulatorProcess, recorded_content: Any
) -> None:
    """And then it is; the picture never."""
    client = vertex_ai(simulator.url)
    generate(client.models, {"number_of_images": 1})

    told = recorded_content.attributes
    assert "A lighthouse." in told["gen_ai.input.messages"]
    assert "PNG" not in str(told)
