"""Images and videos of the simulator, by the real SDK, and its invoice of them."""

import json
from typing import Any

import httpx
import pytest
from google import genai
from google.genai import types

from gemledger_simulator.process import SimulatorProcess

pytestmark = pytest.mark.filterwarnings("ignore:The .* method is deprecated")

VEO = "veo-3.1-generate-001"
PROMPT = types.GenerateVideosSource(prompt="A neon cat.")


def wishing(**wishes: Any) -> dict[str, Any]:
    """The options of a request that says how it is to come out."""
    return {"http_options": {"headers": {"x-simulator-media": json.dumps(wishes)}}}


def invoiced(simulator: SimulatorProcess, kind: str) -> list[dict[str, Any]]:
    """Entries of one kind."""
    entries = httpx.get(f"{simulator.url}/simulator/record", trust_env=False).json()["entries"]
    return [entry for entry in entries if entry["kind"] == kind]


def test_as_many_images_as_asked_for_are_made_and_invoiced(
    vertex: genai.Client, simulator: SimulatorProcess
) -> None:
    """Those withheld are not on the invoice."""
    config: Any = {"number_of_images": 3, "include_rai_reason": True, **wishing(filtered=1)}
    response = vertex.models.generate_images(
        model="imagen-4.0-generate-001", prompt="A cat.", config=config
    )

    assert response.generated_images
    reasons = [bool(image.rai_filtered_reason) for image in response.generated_images]
    assert reasons == [False, False, True]
    assert invoiced(simulator, "image")[-1]["images"] == 2


def test_a_video_is_done_after_as_many_looks_as_wished(
    vertex: genai.Client, simulator: SimulatorProcess
) -> None:
    """Then it is there, with the length and size it says; it was invoiced when it was asked for."""
    config: Any = {
        "duration_seconds": 6,
        "resolution": "1080p",
        "number_of_videos": 2,
        **wishing(pending_looks=2),
    }
    operation = vertex.models.generate_videos(model=VEO, source=PROMPT, config=config)
    seen = []
    for _ in range(3):
        operation = vertex.operations.get(operation)
        seen.append(bool(operation.done))

    assert seen == [False, False, True]
    assert operation.response
    assert operation.response.generated_videos
    assert len(operation.response.generated_videos) == 2
    entry = invoiced(simulator, "video")[-1]
    assert (entry["seconds"], entry["resolution"]) == (12, "1080p")
    assert entry["operation"] == operation.name


def test_a_job_may_fail_and_is_not_invoiced(
    vertex: genai.Client, simulator: SimulatorProcess
) -> None:
    """The operation says why."""
    before = len(invoiced(simulator, "video"))
    config: Any = wishing(error=13)
    operation = vertex.models.generate_videos(model=VEO, source=PROMPT, config=config)
    done = vertex.operations.get(operation)

    assert done.error
    assert done.error["code"] == 13
    assert len(invoiced(simulator, "video")) == before


@pytest.mark.parametrize(
    ("wishes", "said"),
    [("{", "is not JSON"), ('{"filter": 1}', "send an object of filtered, pending_looks, error")],
)
def test_a_wish_that_cannot_be_read_is_an_error_that_says_what_to_send(
    vertex: genai.Client, wishes: str, said: str
) -> None:
    """Rather than an answer that looks like what was wished for."""
    config: Any = {"http_options": {"headers": {"x-simulator-media": wishes}}}
    with pytest.raises(genai.errors.ClientError, match=said):
        vertex.models.generate_videos(model=VEO, source=PROMPT, config=config)


def test_an_operation_nobody_began_is_not_found(vertex: genai.Client) -> None:
    """404, as at Google's."""
    name = f"projects/skerry/locations/l/publishers/google/models/{VEO}/operations/none"
    with pytest.raises(genai.errors.ClientError, match="404"):
        vertex.operations.get(types.GenerateVideosOperation.model_validate({"name": name}))
