"""Calls of all sorts in a story."""

from collections.abc import Callable
from itertools import count
from typing import Any

import pytest
from support.jobs import write_payloads
from support.otlp import SECOND, call, call_attributes, payload

from ..conftest import Timeline

Calls = Callable[..., None]
_NUMBERS = count(1)


@pytest.fixture
def calls(timeline: Timeline) -> Calls:
    """Let so many calls be made at a time of the story, alike but for what is said."""

    def made(many: int, at: str | None = None, seconds: float = 1.0, **facts: Any) -> None:
        start = timeline.now if at is None else timeline.time(at)
        spans = [
            call(
                next(_NUMBERS),
                start=start + number % 30 * SECOND,
                seconds=seconds,
                attributes=call_attributes(**facts),
            )
            for number in range(many)
        ]
        write_payloads(timeline.store, [payload(spans)])

    return made
