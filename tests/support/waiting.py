"""Asking until the answer is there: what happens in another thread happens soon."""

import time
from collections.abc import Callable
from typing import TypeVar

Answer = TypeVar("Answer")


def eventually(
    ask: Callable[[], Answer], enough: Callable[[Answer], bool], seconds: float = 20
) -> Answer:
    """The first answer that is enough; fails with the last one where none is in time."""
    give_up = time.monotonic() + seconds
    while not enough(answer := ask()):
        assert time.monotonic() < give_up, f"still {answer}"
        time.sleep(0.02)
    return answer
