"""What the results of a batch cost, to the pico: written out by hand, USD per million tokens times tokens."""

import json
from typing import Any

import pytest
from google import genai
from google.genai import types
from support.batches import (
    FLASH,
    NOON,
    OLD_PRO,
    PRO,
    calls,
    in_file,
    inlined,
    result_file,
    settlements,
    upload,
    usd,
    wished,
    wishing,
)
from support.gemini import by_modality, usage

import gemledger

CASES = [
    # .375 and 1.875 a million
    pytest.param(FLASH, usage(10_000, 1_000), 0.005625, id="flash"),
    # 2 and 9 a million: above 200,000 tokens of prompt everything is dearer
    pytest.param(PRO, usage(250_000, 2_000), 0.518, id="pro above the step"),
    pytest.param(PRO, usage(200_000, 2_000), 0.212, id="pro at the step"),
    # .625 for 20,000, .125 for the cached 80,000 (no discount for batches), 5 for the answer
    pytest.param(OLD_PRO, usage(100_000, 1_000, cached=80_000), 0.0275, id="cached"),
    # .15 for 2,000 of text, .5 for 8,000 of audio, 1.25 for the answer
    pytest.param(
        "gemini-2.5-flash",
        usage(10_000, 500, promptTokensDetails=by_modality(text=2_000, audio=8_000)),
        0.004925,
        id="audio",
    ),
    # thoughts at the rate of the answer
    pytest.param(FLASH, usage(1_000, 200, thoughts=8_000), 0.01575, id="thoughts"),
]


@pytest.mark.parametrize(("model", "counted", "cost"), CASES)
def test_an_inlined_result_costs_the_batch_tier(
    client: genai.Client, recorded: Any, model: str, counted: Any, cost: float
) -> None:
    """Looking at the finished job settles it, under the price of its day, and the look itself is free."""
    job = inlined(client, counted, model=model)
    (settled,) = settlements(recorded.spans)
    assert settled["gemledger.cost.pico_usd"] == round(cost * 1e12)
    assert settled["gemledger.cost.status"] == "exact"
    assert settled["gemledger.service_tier"] == "batch"
    assert settled["gemledger.job.name"] == settled["gemledger.batch.name"] == job.name
    assert settled["gemledger.settlement.id"].startswith(f"batch:{job.name}:")
    assert settled["gen_ai.operation.name"] == "batch"
    assert settled["gemledger.unsampled.calls"] == 1
    (look,) = calls(recorded.spans, "batch_get")
    assert look["gemledger.cost.pico_usd"] == 0
    assert look["gemledger.cost.reasons"] == ("free_operation",)
    assert look["gemledger.job.state"] == "succeeded"


@pytest.mark.parametrize(("model", "counted", "cost"), CASES)
def test_a_line_of_a_file_costs_the_same(
    client: genai.Client, recorded: Any, model: str, counted: Any, cost: float
) -> None:
    """Nothing is told before the app has downloaded the file; then all of it, at the job's own time."""
    job = in_file(client, counted, model=model)
    assert settlements(recorded.spans) == []
    content = client.files.download(file=result_file(job))
    (settled,) = settlements(recorded.spans)
    assert settled["gemledger.cost.pico_usd"] == round(cost * 1e12)
    assert settled["gemledger.cost.status"] == "exact"
    assert json.loads(content)["key"] == "k0"
    (span,) = (span for span in recorded.spans if span.name == "gemledger.settlement")
    assert span.start_time is not None
    assert NOON < span.start_time < NOON + 10**9


def test_lines_that_are_alike_are_one_settlement_and_the_step_is_decided_line_by_line(
    client: genai.Client, recorded: Any
) -> None:
    """Five lines, two of them above 200,000 tokens: two sums, and not a price step decided on a sum."""
    short, long = usage(150_000, 1_000), usage(250_000, 2_000)
    inlined(client, [short, long, short, long, short], model=PRO)
    below, above = sorted(
        settlements(recorded.spans), key=lambda one: one["gemledger.cost.pico_usd"]
    )
    # 1 and 6 a million below, 2 and 9 above
    assert below["gemledger.cost.pico_usd"] == 3 * (150_000 * 1_000_000 + 1_000 * 6_000_000)
    assert above["gemledger.cost.pico_usd"] == 2 * 518_000_000_000
    assert [one["gemledger.unsampled.calls"] for one in (below, above)] == [3, 2]
    assert [one["gemledger.unsampled.long_context"] for one in (below, above)] == [False, True]
    assert below["gen_ai.usage.input_tokens"] == 450_000
    assert {one["gemledger.job.settlements"] for one in (below, above)} == {2}
    assert {one["gemledger.job.results.ok"] for one in (below, above)} == {5}


@pytest.mark.parametrize("where", [inlined, in_file])
def test_lines_of_every_kind_add_up(client: genai.Client, recorded: Any, where: Any) -> None:
    """Cached, thinking, with audio, with a contradiction: the settlements sum to the sum of the lines."""
    counted = [
        usage(10_000, 1_000),
        usage(10_000, 1_000, cached=4_000),
        usage(10_000, 1_000, thoughts=500),
        usage(10_000, 1_000) | {"totalTokenCount": 7},  # told by itself, as a doubt
        usage(10_000, 1_000),
    ]
    job = where(client, counted)
    if where is in_file:
        client.files.download(file=result_file(job))
    plain, thinking = 5_625_000_000, 5_625_000_000 + 500 * 1_875_000
    cached = 6_000 * 375_000 + 4_000 * 37_500 + 1_000 * 1_875_000
    settled = settlements(recorded.spans)
    assert usd(settled) == (3 * plain + cached + thinking) / 1e12
    assert sorted(one["gemledger.cost.status"] for one in settled) == [
        "estimated",
        "exact",
        "exact",
        "exact",
    ]
    (doubtful,) = (one for one in settled if one["gemledger.cost.status"] == "estimated")
    assert doubtful["gemledger.settlement.id"] == f"batch:{job.name}:line-4"
    assert doubtful["gemledger.cost.reasons"] == ("total_mismatch",)


def test_an_app_may_ask_what_one_result_cost(client: genai.Client, recorded: Any) -> None:
    """cost_of() knows of each inlined response that it was answered at the batch tier, at every look."""
    job = inlined(client, [usage(10_000, 1_000), usage(20_000, 1_000)])
    for _ in range(2):
        seen = client.batches.get(name=job.name or "")
        assert seen.dest is not None
        costs = [
            gemledger.cost_of(one.response).total_pico_usd
            for one in seen.dest.inlined_responses or ()
        ]
        assert costs == [5_625_000_000, 9_375_000_000]
    assert len(settlements(recorded.spans)) == 1


@pytest.mark.filterwarnings("ignore:batches.create_embeddings")
@pytest.mark.parametrize("from_file", [False, True])
def test_embeddings_cost_half_of_their_input(
    client: genai.Client, recorded: Any, from_file: bool
) -> None:
    """.075 a million, by the tokens that each line says it has."""
    texts: list[types.ContentUnion] = ["one", "two"]
    lines = b'{"request": {"content": {"parts": [{"text": "one"}]}}}\n' * 2
    source = (
        types.EmbeddingsBatchJobSource(file_name=upload(client, lines))
        if from_file
        else types.EmbeddingsBatchJobSource(
            inlined_requests=types.EmbedContentBatch(contents=texts)
        )
    )
    counted = [{"promptTokenCount": 1_000}, {"promptTokenCount": 3_000}]
    job = client.batches.create_embeddings(
        model="gemini-embedding-001",
        src=source,
        config=types.CreateEmbeddingsBatchJobConfig(http_options=wished(counted)),
    )
    done = client.batches.get(name=job.name or "")
    if from_file:
        client.files.download(file=result_file(done))
    (settled,) = settlements(recorded.spans)
    assert settled["gemledger.cost.pico_usd"] == 4_000 * 75_000
    assert settled["gemledger.unsampled.calls"] == 2
    assert settled["gen_ai.request.model"] == "gemini-embedding-001"
    (created,) = calls(recorded.spans, "batch_create")
    assert created["gemledger.cost.pico_usd"] == 0
    if not from_file:
        # a token each, and nothing is written
        assert created["gemledger.job.committed_pico_usd"] == 2 * 75_000
        assert done.dest is not None
        first, _ = done.dest.inlined_embed_content_responses or []
        assert gemledger.cost_of(first.response).total_pico_usd == 1_000 * 75_000


def test_searches_of_a_line_are_billed_beside_its_tokens(
    client: genai.Client, recorded: Any
) -> None:
    """A fee per query is the same in a batch."""
    config = types.GenerateContentConfig(tools=[types.Tool(google_search=types.GoogleSearch())])
    requests = [types.InlinedRequest(contents="Who won?", config=config)]
    counted = usage(1_000, 100)
    job = client.batches.create(model=FLASH, src=requests, config=wishing(counted))
    done = client.batches.get(name=job.name or "")
    assert done.dest is not None
    (answer,) = done.dest.inlined_responses or []
    assert answer.response is not None
    (candidate,) = answer.response.candidates or []
    assert candidate.grounding_metadata is not None
    queries = set(candidate.grounding_metadata.web_search_queries or ())
    (settled,) = settlements(recorded.spans)
    # 14 USD a thousand queries
    fee = len(queries) * 14_000_000_000
    assert fee
    assert settled["gemledger.cost.pico_usd"] == 1_000 * 375_000 + 100 * 1_875_000 + fee
