"""Whatever is billed, as it arrives: for tests that sum it up."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pyarrow as pa
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from support.jobs import (
    DAY,
    HOUR,
    ONE_ANSWER,
    TEN_LINES,
    created,
    interaction,
    look,
    settlement,
    told_of_interaction,
)
from support.otlp import NOON, SECOND, Value, call, call_attributes

from gemledger import semconv

VIDEO = 3_200_000_000_000
"""Eight seconds of Veo 3.1 at 0.40 USD."""


@dataclass(frozen=True)
class Delivery:
    """One thing that arrives: spans of one scope in one request, or hours of storage."""

    spans: tuple[Span, ...] = ()
    scope: str = semconv.SCOPE_NAME
    storage: pa.Table | None = None

    def __repr__(self) -> str:
        """Short, for a failing example."""
        return (
            ", ".join(f"{span.name} {span.start_time_unix_nano}" for span in self.spans)
            or "storage"
        )


@dataclass(frozen=True)
class Billed:
    """Everything that tells of one charge or job, and what all of it costs together."""

    deliveries: tuple[Delivery, ...]
    pico_usd: int
    settlement_ids: frozenset[str] = frozenset()


def each(*spans: Span) -> tuple[Delivery, ...]:
    """Spans that may arrive apart."""
    return tuple(Delivery((span,)) for span in spans)


def ordinary(number: int, team: str | None) -> Billed:
    """A call."""
    return Billed(each(call(number, attributes=call_attributes(attribution_team=team))), ONE_ANSWER)


def failed(number: int, team: str | None) -> Billed:
    """A call that the server refused: free."""
    attributes = call_attributes(
        error_type="500",
        error_kind="unavailable",
        attribution_team=team,
        input_tokens=None,
        output_tokens=None,
        cache_read_input_tokens=None,
    )
    return Billed(each(call(number, attributes=attributes)), 0)


def doubled(number: int, team: str | None) -> Billed:
    """A call that two instrumentations tell."""
    attributes = call_attributes(response_id=f"r{number}", attribution_team=team)
    ours = call(number, attributes=attributes)
    theirs = call(number + 500, trace=number, attributes=attributes, start=NOON + 1000)
    return Billed((Delivery((ours,)), Delivery((theirs,), scope="other")), ONE_ANSWER)


def summed(number: int, team: str | None) -> Billed:
    """The sum of seven calls that a sampler left out, 1,000 + 100 tokens together."""
    span = call(number, attributes=call_attributes(unsampled_calls=7, attribution_team=team))
    span.name = semconv.UNSAMPLED_SPAN
    return Billed(each(span), ONE_ANSWER)


def batch(number: int, team: str | None) -> Billed:
    """Two groups, told by two processes, one of which did not know when the batch was submitted."""
    job = f"batches/{number}"
    ids = [f"batch:{job}:{group}" for group in ("flash", "pro")]
    told = [
        settlement(each_id, job, start=start, attribution_team=fetcher)
        for each_id in ids
        for start, fetcher in ((NOON + 3 * SECOND, None), (NOON + DAY, "ops"))
    ]
    spans = (created(number, job, attribution_team=team), look(number + 500, "succeeded", job))
    return Billed(each(*spans, *told), 2 * TEN_LINES, frozenset(ids))


def regrouped(number: int, team: str | None) -> Billed:
    """A batch that two versions of the library settle, as two groups and as one: twenty lines either way."""
    job = f"batches/{number}"
    two = [
        settlement(f"batch:{job}:{group}", job, job_settlements=2, job_settlements_digest="two")
        for group in ("flash", "pro")
    ]
    one = settlement(
        f"batch:{job}:all",
        job,
        job_settlements=1,
        job_settlements_digest="one",
        input_tokens=20_000,
        output_tokens=2_000,
        unsampled_calls=20,
    )
    return Billed(each(created(number, job, attribution_team=team), *two, one), 2 * TEN_LINES)


def unsubmitted(number: int, team: str | None) -> Billed:
    """A batch made by somebody who is not instrumented."""
    job = f"batches/{number}"
    told = settlement(f"batch:{job}:flash", job, attribution_team=team)
    return Billed(each(told), TEN_LINES, frozenset([f"batch:{job}:flash"]))


def video(number: int, team: str | None) -> Billed:
    """Eight seconds, settled when they are done."""
    job = f"models/veo/operations/{number}"
    settled: dict[str, Value] = {
        "operation_name": "generate_videos",
        "request_model": "veo-3.1-generate-preview",
        "response_model": "veo-3.1-generate-preview",
        "input_tokens": None,
        "output_tokens": None,
        "cache_read_input_tokens": None,
        "video_seconds": 8,
        "resolution": "720p",
        "unsampled_calls": 0,
        "job_name": job,
        "settlement_id": f"video:{job}",
        "attribution_team": "ops",
    }
    told = call(number + 500, start=NOON + DAY, attributes=call_attributes(**settled))
    told.name = semconv.SETTLEMENT_SPAN
    asked = created(number, job, operation_name="generate_videos", attribution_team=team)
    return Billed(each(asked, told), VIDEO, frozenset([f"video:{job}"]))


def agent(number: int, team: str | None) -> Billed:
    """An interaction somebody waited for, and somebody else got later."""
    name = f"i{number}"
    spans = (interaction(number, name, attribution_team=team), told_of_interaction(name))
    return Billed(each(*spans), ONE_ANSWER, frozenset([f"interaction:{name}"]))


def storage(number: int, team: str | None) -> Billed:
    """Three hours of a cache, the last of which takes back; accrued, then accrued again with the last."""
    ids = [f"cache_storage:cachedContents/{number}:{hour}" for hour in range(3)]
    pico = [700, 500, -200]
    hours = pa.table(
        {
            "settlement_id": ids,
            "start_time_unix_nano": [NOON + hour * HOUR for hour in range(3)],
            "operation": ["cache_storage"] * 3,
            "provider": ["gcp.gemini"] * 3,
            "cost_status": ["exact"] * 3,
            "cost_pico_usd": pico,
            "storage_pico_usd": pico,
            "team": pa.array([team] * 3, pa.string()),
        }
    )
    deliveries = (Delivery(storage=hours.slice(0, 2)), Delivery(storage=hours))
    return Billed(deliveries, sum(pico), frozenset(ids))


KINDS: Sequence[Callable[[int, str | None], Billed]] = (
    *(ordinary, failed, doubled, summed, batch, regrouped, unsubmitted, video, agent, storage),
)
