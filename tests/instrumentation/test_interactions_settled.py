"""An interaction is billed once, whoever finds it over: by the call that waited for it, or by a settlement."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import pytest
from google import genai
from google.genai._gaos.lib import compat_errors
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF
from support.day import Clock, SimulatorInThread
from support.interactions import RESEARCHER, ask, counted

import gemledger
from gemledger.instrumentor import GeminiInstrumentor

from .conftest import NOON, Recorded, noon_clock

READ, SAID = 750_000, 3_750_000
USAGE = counted(1_000, 100)
BILL = 1_000 * READ + 100 * SAID


@pytest.fixture(scope="module")
def simulator() -> Iterator[SimulatorInThread]:
    """A Gemini whose clock stands at noon as well: a settlement is priced by Google's."""
    with SimulatorInThread(Clock(NOON)) as running:
        yield running


@contextmanager
def process(recorded: Recorded) -> Iterator[None]:
    """As another process would be: it remembers nothing of this one."""
    GeminiInstrumentor().instrument(tracer_provider=recorded.provider, clock=noon_clock())
    try:
        yield
    finally:
        gemledger.uninstrument()


def named(recorded: Recorded, name: str) -> list[ReadableSpan]:
    """Spans of this operation that are calls."""
    return [span for span in recorded.spans if span.name.startswith(name)]


def settlements(recorded: Recorded) -> list[dict[str, Any]]:
    """What was settled."""
    return [dict(span.attributes or {}) for span in named(recorded, "gemledger.settlement")]


def ids(span: ReadableSpan) -> tuple[int, int, int | None]:
    """Trace, span, and when it began."""
    return (span.context.trace_id, span.context.span_id, span.start_time)


def test_the_background_costs_nothing_until_somebody_finds_it_over(
    client: genai.Client, recorded: Recorded
) -> None:
    """Looks are free and say how it is; the one that finds it completed settles it, beginning when it was created."""
    job = ask(client, USAGE, background=True, wishes={"looks": 1})
    (created,) = recorded.spans
    told = dict(created.attributes or {})
    assert told["gemledger.cost.pico_usd"] == 0
    assert told["gemledger.cost.reasons"] == ("settled_later",)
    assert told["gemledger.job.name"] == job.id
    assert "gemledger.settlement.id" not in told

    client.interactions.get(job.id)
    assert settlements(recorded) == []
    done = client.interactions.get(job.id)
    states = [
        (span.attributes or {})["gemledger.job.state"]
        for span in named(recorded, "interaction_get")
    ]
    assert states == ["in_progress", "completed"]
    (settled,) = settlements(recorded)
    expected = {
        "gen_ai.operation.name": "interaction",
        "gemledger.settlement.id": f"interaction:{job.id}",
        "gemledger.job.name": job.id,
        "gemledger.cost.pico_usd": BILL,
        "gemledger.unsampled.calls": 0,
    }
    assert {name: settled[name] for name in expected} == expected
    (span,) = named(recorded, "gemledger.settlement")
    assert done.created
    assert span.start_time == int(datetime.fromisoformat(done.created).timestamp()) * 10**9


def test_every_process_tells_the_same_settlement(client: genai.Client) -> None:
    """Any number of times: same trace, same span, same beginning, same bill."""
    job = ask(client, USAGE, background=True)
    told = []
    for _ in range(2):
        recorder = Recorded()
        with process(recorder):
            client.interactions.get(job.id)
            client.interactions.get(job.id)
        told += named(recorder, "gemledger.settlement")
    assert len(told) == 4
    assert len({ids(span) for span in told}) == 1
    assert {(span.attributes or {})["gemledger.cost.pico_usd"] for span in told} == {BILL}


def test_who_has_waited_for_an_answer_does_not_settle_it_and_another_does(
    client: genai.Client,
) -> None:
    """The collector knows the id, and drops the second."""
    here, elsewhere = Recorded(), Recorded()
    with process(here):
        answer = ask(client, USAGE)
        client.interactions.get(answer.id)
    assert settlements(here) == []
    with process(elsewhere):
        client.interactions.get(answer.id)
    (settled,) = settlements(elsewhere)
    (waited,) = (dict(s.attributes or {}) for s in named(here, "interaction gemini"))
    for name in ("gemledger.settlement.id", "gemledger.job.name", "gemledger.cost.pico_usd"):
        assert settled[name] == waited[name]


def test_a_sampler_leaves_no_interaction_out_and_doubles_none(client: genai.Client) -> None:
    """A call that no span tells of is settled as one call, under the same id as for everybody else."""
    recorder = Recorded(ALWAYS_OFF)
    with process(recorder), gemledger.attribution(team="search"):
        answer = ask(client, USAGE)
        job = ask(client, USAGE, background=True)
        client.interactions.get(job.id)
    by_id = {told["gemledger.settlement.id"]: told for told in settlements(recorder)}
    assert set(by_id) == {f"interaction:{answer.id}", f"interaction:{job.id}"}
    waited = by_id[f"interaction:{answer.id}"]
    assert waited["gemledger.unsampled.calls"] == 1
    assert waited["gemledger.cost.pico_usd"] == BILL
    assert waited["gemledger.attribution.team"] == "search"
    assert by_id[f"interaction:{job.id}"]["gemledger.unsampled.calls"] == 0
    sums: list[dict[str, Any]] = [
        dict(s.attributes or {}) for s in named(recorder, "gemledger.unsampled")
    ]
    assert sum(told["gemledger.cost.pico_usd"] for told in sums) == 0
    assert sum(told["gemledger.unsampled.calls"] for told in sums) == 2  # the job, and the look


def test_labels_of_an_interaction_say_who_pays_whoever_fetches_it(
    client: genai.Client, recorded: Recorded
) -> None:
    """Google repeats them; the fetcher's own team pays only where there are none."""
    labelled = ask(client, USAGE, background=True, labels={"team": "research"})
    plain = ask(client, USAGE, background=True)
    with gemledger.attribution(team="night-shift"):
        client.interactions.get(labelled.id)
        client.interactions.get(plain.id)
    teams = [told["gemledger.attribution.team"] for told in settlements(recorded)]
    assert teams == ["research", "night-shift"]


@pytest.mark.parametrize("state", ["failed", "incomplete", "budget_exceeded", "requires_action"])
def test_however_it_ended_its_usage_is_billed(
    client: genai.Client, recorded: Recorded, state: str
) -> None:
    """As it is reported."""
    job = ask(client, USAGE, background=True, wishes={"status": state})
    client.interactions.get(job.id)
    (settled,) = settlements(recorded)
    assert settled["gemledger.job.state"] == state
    assert settled["gemledger.cost.pico_usd"] == BILL


def test_one_that_was_cancelled_has_no_usage_and_is_seen_to_have_none(
    client: genai.Client, recorded: Recorded
) -> None:
    """Nobody knows what it cost until then: not nothing."""
    job = ask(client, USAGE, agent=RESEARCHER, background=True, wishes={"looks": 5})
    client.interactions.cancel(job.id)
    client.interactions.delete(job.id)
    with pytest.raises(compat_errors.NotFoundError):
        client.interactions.get(job.id)
    (settled,) = settlements(recorded)
    assert settled["gemledger.cost.status"] == "unpriced"
    assert settled["gemledger.job.state"] == "cancelled"
    looks = [dict(span.attributes or {}) for span in named(recorded, "interaction_")]
    assert [look["gen_ai.operation.name"] for look in looks] == [
        "interaction_cancel",
        "interaction_delete",
        "interaction_get",
    ]
    assert {look["gemledger.job.name"] for look in looks} == {job.id}
    assert {look["gemledger.cost.pico_usd"] for look in looks} == {0}
    assert looks[2]["error.type"] == "404"


@pytest.mark.parametrize("raw", [False, True])
def test_who_watches_the_events_settles_it_too(
    client: genai.Client, recorded: Recorded, raw: bool
) -> None:
    """As a stream, or as a response that is parsed into one."""
    job = ask(client, USAGE, background=True)
    if raw:
        with client.interactions.with_streaming_response.get(job.id) as response:
            assert response.parse().id == job.id
    else:
        with client.interactions.get(job.id, stream=True) as stream:
            assert len(list(stream)) > 2
    (settled,) = settlements(recorded)
    assert settled["gemledger.cost.pico_usd"] == BILL
    (look,) = named(recorded, "interaction_get")
    assert (look.attributes or {})["gemledger.cost.pico_usd"] == 0


async def test_the_async_client_does_the_same(client: genai.Client, recorded: Recorded) -> None:
    """Create, look, watch, cancel, delete."""
    interactions = client.aio.interactions
    headers = {"x-simulator-usage": '{"total_input_tokens": 1000, "total_output_tokens": 100}'}
    asked: dict[str, Any] = {
        "model": "gemini-3.8-flash",
        "input": "Hi",
        "extra_headers": headers,
        "background": True,
    }
    first: Any = await interactions.create(**asked)
    await interactions.get(first.id)
    second: Any = await interactions.create(**asked)
    async with await interactions.get(second.id, stream=True) as stream:
        assert len([event async for event in stream]) > 2
    third: Any = await interactions.create(**asked)
    await interactions.cancel(third.id)
    await interactions.delete(third.id)
    bills = {
        told["gemledger.settlement.id"]: told.get("gemledger.cost.pico_usd")
        for told in settlements(recorded)
    }
    assert bills == {
        f"interaction:{first.id}": BILL,
        f"interaction:{second.id}": BILL,
        f"interaction:{third.id}": None,
    }
    await client.aio.aclose()
