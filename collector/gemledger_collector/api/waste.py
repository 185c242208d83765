"""``GET /api/v1/waste``: what was paid and may not have had to be."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field

from gemledger.error_kinds import SAFETY
from gemledger.pricing import Book
from gemledger_collector.api.breakdowns import Only
from gemledger_collector.api.call_rows import Pico
from gemledger_collector.api.context import Ask, Instant, iso, unix_nano
from gemledger_collector.api.context_step import bands, below_pico_usd, has_step
from gemledger_collector.storage.errors_by_kind import FIGURES
from gemledger_collector.storage.spend import SpendQuestion
from gemledger_collector.storage.waste import Band, StepGroup, Stream, Waste, waste

router = APIRouter(tags=["calls"])

JUST_ABOVE = 0.1


class Bill(BaseModel):
    """Calls, and what they cost: at most ``cost_upper``, unbounded calls apart."""

    calls: int
    cost_pico_usd: Pico
    cost_upper_pico_usd: Pico
    unbounded_calls: int


class StreamBill(Bill):
    """Streams that ended in one way."""

    state: str = Field(description="abandoned: nobody read on; cancelled; error: it broke")


class KindBill(Bill):
    """Calls that failed, or were withheld (``safety``), of one kind."""

    kind: str
    retries: int


class JustAbove(BaseModel):
    """Calls of one exchange to one model and tier whose prompt lies just above the step."""

    model: str
    platform: str
    service_tier: str
    step_tokens: int
    calls: int
    prompt_tokens: int
    above_tokens: int = Field(description="what of the prompts lies above the step")
    cost_pico_usd: Pico
    reckoned_calls: int = Field(description="those of which below is known")
    below_pico_usd: Pico = Field(
        description="of reckoned calls: prompts cut to the step, answers as they were; null: none is"
    )
    difference_pico_usd: Pico = Field(description="what reckoned calls cost, less below")


class ContextStep(BaseModel):
    """Prompts above the context step of their model."""

    within_ratio: float = Field(description="just above: by so much of the step, at most")
    long_calls: int = Field(description="all calls above their step")
    long_cost_pico_usd: Pico
    just_above: list[JustAbove]
    calls: int = Field(description="of just_above, like the sums after it")
    cost_pico_usd: Pico
    reckoned_calls: int
    difference_pico_usd: Pico


class WasteAnswer(BaseModel):
    """All of one range."""

    since: str | None
    until: str | None
    only: dict[str, list[str]]
    context_step: ContextStep
    streams: list[StreamBill]
    blocked: Bill
    failed: list[KindBill]
    calls: int = Field(description="all calls of the range")
    retries: int = Field(description="of calls that went well in the end, too")


@router.get("/api/v1/waste")
def get_waste(
    ask: Ask,
    since: Instant,
    until: Instant,
    only: Annotated[Only, Depends()],
    within: Annotated[
        float, Query(ge=0.001, le=1, description="just above the step: by so much of it, at most")
    ] = JUST_ABOVE,
) -> WasteAnswer:
    """Calls just above a context step, streams that were aborted, calls that were blocked or failed; and their bills.

    Of calls that began in [since, until), widened to 15-minute slots. Just above are calls of one exchange with a span
    of their own; streams, too, are those with a span of their own. The rest counts every call, sampled or not.
    """
    question = SpendQuestion(unix_nano(since), unix_nano(until), only=only.chosen)
    with ask.store.reading() as snapshot:
        found = waste(snapshot, question, bands(ask.book, within))
    kinds = found.kinds.kinds
    return WasteAnswer(
        since=iso(found.range.start * 10**9),
        until=iso(found.range.end * 10**9),
        only={name: list(values) for name, values in question.only.items()},
        context_step=_context_step(ask.book, found, within),
        streams=[_stream(each) for each in found.streams],
        blocked=_bill(kinds.get(SAFETY, dict.fromkeys(FIGURES, 0))),
        failed=[
            KindBill(kind=kind, retries=figures["retries"], **dict(_bill(figures)))
            for kind, figures in kinds.items()
            if kind != SAFETY
        ],
        calls=found.kinds.calls,
        retries=found.kinds.retries,
    )


class _Sum:
    """Groups of one model and tier together."""

    def __init__(self, band: Band) -> None:
        self._step = band.step
        self.calls = self.reckoned_calls = self.cost = self.difference = self._below = 0
        self._prompt = self._above = 0

    def add(self, group: StepGroup, below: int | None) -> None:
        """One more group; of ``below`` nothing where it is not known."""
        self.calls += group.calls
        self.cost += group.cost_pico_usd
        self._prompt += group.prompt_tokens
        self._above += group.above_tokens
        if below is not None:
            self.reckoned_calls += group.calls
            self._below += below
            self.difference += group.cost_pico_usd - below

    def row(self, model: str, platform: str, service_tier: str) -> JustAbove:
        """As it is told."""
        reckoned = self.reckoned_calls > 0
        return JustAbove(
            model=model,
            platform=platform,
            service_tier=service_tier,
            step_tokens=self._step,
            calls=self.calls,
            prompt_tokens=self._prompt,
            above_tokens=self._above,
            cost_pico_usd=str(self.cost),
            reckoned_calls=self.reckoned_calls,
            below_pico_usd=str(self._below) if reckoned else None,
            difference_pico_usd=str(self.difference) if reckoned else None,
        )


def _context_step(book: Book, found: Waste, within: float) -> ContextStep:
    sums: dict[tuple[str, str, str], _Sum] = {}
    for band, group in found.groups:
        if has_step(book, band, group):
            key = (group.model, group.platform, group.service_tier)
            sums.setdefault(key, _Sum(band)).add(group, below_pico_usd(book, group))
    every = sums.values()
    return ContextStep(
        within_ratio=within,
        long_calls=found.long_calls,
        long_cost_pico_usd=str(found.long_cost_pico_usd),
        just_above=[each.row(*key) for key, each in sums.items()],
        calls=sum(each.calls for each in every),
        cost_pico_usd=str(sum(each.cost for each in every)),
        reckoned_calls=sum(each.reckoned_calls for each in every),
        difference_pico_usd=str(sum(each.difference for each in every)),
    )


def _stream(stream: Stream) -> StreamBill:
    return StreamBill(
        state=stream.state,
        calls=stream.calls,
        cost_pico_usd=str(stream.cost_pico_usd),
        cost_upper_pico_usd=str(stream.cost_upper_pico_usd),
        unbounded_calls=stream.unbounded_calls,
    )


def _bill(figures: Mapping[str, int]) -> Bill:
    return Bill(
        calls=figures["calls"],
        cost_pico_usd=str(figures["cost_pico_usd"]),
        cost_upper_pico_usd=str(figures["cost_upper_pico_usd"]),
        unbounded_calls=figures["unbounded_calls"],
    )
