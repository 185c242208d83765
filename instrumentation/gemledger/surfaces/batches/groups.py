"""Which lines of a batch may be added up, found from the lines alone. Pure.

Every process, on every day and with every price book, must find the same groups, for they have the same ids. So unlike
``unsampled.alike`` this asks nothing that a price book answers: not which row priced a line, but whatever could have
made it another one: model, side of every published price step, kinds of tokens and units, and doubts of its usage.
"""

import json
from collections.abc import Hashable
from hashlib import blake2b
from typing import TYPE_CHECKING

from gemledger.pricing import Usage
from gemledger.unsampled.alike import are_linear, is_linear

if TYPE_CHECKING:
    from gemledger.exchange import Exchange

STEPS = (128_000, 200_000)
"""Prompt tokens above which some model of Google's has, or had, another price. A step in a book of one's own is not
here: the app's price of a line keeps to it, a collector's of the sum cannot."""


def kind_of(line: "Exchange") -> Hashable | None:
    """Lines of the same kind may be added up; None where this one stands alone."""
    facts, reading = line.facts, line.reading
    if facts is None or not are_linear(facts.reasons):
        return None
    tokens: tuple[Hashable, ...] = ()
    if reading is not None:
        usage = reading.usage
        # Tool tokens may or may not count towards a step: such a line has a doubt of its own.
        if not is_linear(usage) or (usage.tool_use and usage.input_tokens > STEPS[0]):
            return None
        tokens = (*_tokens_of(usage), reading.total_tokens is None)
    return (
        line.model or "",
        facts.reasons,
        facts.tool_tokens,
        tuple(sorted(line.quantities)),
        tokens,
    )


def name_of(kind: Hashable) -> str:
    """A name that follows from the kind, the same in every process."""
    text = json.dumps(kind, sort_keys=True, separators=(",", ":"))
    return blake2b(text.encode(), digest_size=8, person=b"batch-group").hexdigest()


def above_last_step(line: "Exchange") -> bool:
    """Whether the prompt is above every published price step."""
    return line.reading is not None and line.reading.usage.prompt_tokens > STEPS[-1]


def _tokens_of(usage: Usage) -> tuple[Hashable, ...]:
    """Which kinds of tokens there are: each is priced by a cell, and a book may lack any of them."""
    present = (
        usage.cache_read > 0,
        usage.tool_use > 0,
        usage.thoughts > 0,
        usage.output_tokens > usage.thoughts,
        usage.undetailed_output > 0,
    )
    parts = (usage.input_by_modality, usage.cache_read_by_modality, usage.output_by_modality)
    modalities = (tuple(sorted(name for name in part if part[name])) for part in parts)
    step = sum(usage.prompt_tokens > above for above in STEPS)
    return (step, present, *modalities)
