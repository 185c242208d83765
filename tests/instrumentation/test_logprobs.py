"""How sure the model was of its answer, where it says so."""

from itertools import count
from typing import Any

import pytest
from google.genai import types

from gemledger import semconv

from .conftest import NOON, Recorder, answer, asked

USAGE = {"prompt_token_count": 10, "candidates_token_count": 5, "total_token_count": 15}
TOLD: list[tuple[list[float | None], float | None]] = [
    ([-0.25], -0.25),
    ([-0.25, -1.5], -1.5),
    ([0.0, None], 0.0),
    ([None], None),
]


@pytest.mark.parametrize(("candidates", "kept"), TOLD)
def test_the_least_sure_candidate_counts(
    recorder: Recorder, recorded: Any, candidates: list[float | None], kept: float | None
) -> None:
    """Absent where the model is silent: that is not certainty."""
    told = [
        types.Candidate(finish_reason=types.FinishReason.STOP, avg_logprobs=each)
        for each in candidates
    ]
    call = recorder(count(NOON)).start(asked())
    call.exchange(answer(usage=USAGE, candidates=told))
    call.end()
    assert recorded.attributes.get(semconv.RESPONSE_AVG_LOGPROBS) == kept


def test_of_a_stream_the_end_tells(recorder: Recorder, recorded: Any) -> None:
    """Chunks before it hold a part of the answer."""
    call = recorder(count(NOON)).start(asked(stream=True))
    with call.open_exchange() as exchange:
        exchange.observe(answer(usage=USAGE, candidates=[types.Candidate()]))
        ended = types.Candidate(finish_reason=types.FinishReason.STOP, avg_logprobs=-0.4)
        exchange.observe(answer(usage=USAGE, candidates=[ended]))
    call.end()
    assert recorded.attributes[semconv.RESPONSE_AVG_LOGPROBS] == -0.4


def test_a_raw_body_tells_it_too(recorder: Recorder, recorded: Any) -> None:
    """For those who asked the SDK not to parse."""
    body = (
        '{"candidates": [{"finishReason": "STOP", "avgLogprobs": -0.6}],'
        ' "usageMetadata": {"promptTokenCount": 10, "candidatesTokenCount": 5, "totalTokenCount": 15}}'
    )
    raw = types.GenerateContentResponse(sdk_http_response=types.HttpResponse(headers={}, body=body))
    call = recorder(count(NOON)).start(asked())
    call.exchange(raw)
    call.end()
    assert recorded.attributes[semconv.RESPONSE_AVG_LOGPROBS] == -0.6
