"""Where the same could cost less, in a few figures. Pure."""

from collections.abc import Sequence

from gemledger_dashboard.drawing import formats
from gemledger_dashboard.drawing.tiles import Tile
from gemledger_dashboard.efficiency.efficiency_answers import Bill, Waste
from gemledger_dashboard.spend.sums import Sums

_ENDS = {"error": "broken"}
"""How a stream ended, where the wire's word is not a reader's."""


def row(sums: Sums, waste: Waste) -> list[Tile]:
    """What a call costs, what is cached and thought, and what came to nothing."""
    return [
        _per_call(sums),
        _cached(sums),
        _thinking(sums),
        _step(waste),
        _aborted(waste),
        _wrong(waste),
    ]


def per_call(sums: Sums) -> int | None:
    """The mean cost of a call that has a price; None where none has."""
    priced = sums.calls - sums.unpriced_calls
    return sums.cost_pico_usd // priced if priced > 0 else None


def step_words(waste: Waste) -> str:
    """What just above the step means here."""
    return f"at most {formats.percent(waste.within_ratio)} above the step of their model"


def total(bills: Sequence[Bill]) -> int:
    """What these cost together."""
    return sum(bill.cost_pico_usd for bill in bills)


def _per_call(sums: Sums) -> Tile:
    return Tile(
        "Cost per call",
        formats.usd(per_call(sums)),
        f"over {formats.plural(sums.calls - sums.unpriced_calls, 'priced call')}",
        "The whole cost by the calls that have a price, failed ones included.",
    )


def _cached(sums: Sums) -> Tile:
    return Tile(
        "Cache-hit share",
        formats.share(sums.cache_read_tokens, sums.input_tokens),
        f"of {formats.tokens(sums.input_tokens)} input tokens; the cached ones cost "
        f"{formats.usd(sums.cache_read_pico_usd)}, the others {formats.usd(sums.input_pico_usd)}",
        "Input tokens that Gemini read from a cache, and billed at the lower rate.",
    )


def _thinking(sums: Sums) -> Tile:
    return Tile(
        "Thinking",
        formats.share(sums.thoughts_pico_usd, sums.cost_pico_usd),
        f"of the cost: {formats.usd(sums.thoughts_pico_usd)} for "
        f"{formats.tokens(sums.thoughts_tokens)} tokens",
        "Thoughts are billed as output, and nobody reads them.",
    )


def _step(waste: Waste) -> Tile:
    unknown = waste.above_calls - waste.reckoned_calls
    known = waste.reckoned_calls or not waste.above_calls
    note = (
        f"more than just below it, for {formats.plural(waste.reckoned_calls, 'call')} {step_words(waste)}"
        + (f"; {formats.plural(unknown, 'call')} not reckoned" if unknown else "")
        if waste.above_calls
        else f"no call {step_words(waste)}"
    )
    return Tile(
        "Context step",
        formats.usd(waste.difference_pico_usd if known else None),
        note,
        "Prompts just above it: what they cost less what they would have cost cut to the step, answers as they were.",
    )


def _aborted(waste: Waste) -> Tile:
    calls = sum(stream.calls for stream in waste.streams)
    words = " | ".join(
        f"{formats.count(each.calls)} {_ENDS.get(each.kind, each.kind)}" for each in waste.streams
    )
    return Tile(
        "Aborted streams",
        formats.usd(_known(waste.streams)),
        words or "every stream was read to its end" if calls or waste.calls else "no calls",
        "What was billed for answers that were not read to the end, as far as it was seen.",
    )


def _wrong(waste: Waste) -> Tile:
    bills = (waste.blocked, *waste.failed)
    failed = sum(bill.calls for bill in waste.failed)
    retries = f"{formats.count(waste.retries)} {'retry' if waste.retries == 1 else 'retries'}"
    return Tile(
        "Blocked or failed",
        formats.usd(_known(bills)),
        f"{formats.count(waste.blocked.calls)} blocked | {formats.count(failed)} failed | {retries}",
        "A blocked answer bills its prompt. What Google refuses costs nothing, nor does a retry that is refused.",
    )


def _known(bills: Sequence[Bill]) -> int | None:
    """What is known of a bill; None where of no call anything is."""
    calls, unbounded = (
        sum(getattr(bill, name) for bill in bills) for name in ("calls", "unbounded_calls")
    )
    return None if 0 < calls == unbounded and total(bills) == 0 else total(bills)
