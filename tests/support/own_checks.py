"""Functions that a user may name in a check: good ones, and all the others."""

import sys
import time
from typing import Any

SEEN: list[Any] = []
NOT_A_FUNCTION = 5


def is_polite(checked: Any) -> bool:
    """True or false."""
    SEEN.append(checked)
    return "please" in checked.answer.lower()


def share_of_capitals(checked: Any) -> float:
    """A score."""
    answer: str = checked.answer
    return sum(letter.isupper() for letter in answer) / len(answer)


def cannot_say(_: Any) -> None:
    """Neither."""


def fails(checked: Any) -> bool:
    """Raises what everything raises sooner or later."""
    raise KeyError(checked.model)


def leaves(_: Any) -> bool:
    """Would end the process."""
    sys.exit(3)


def hangs(_: Any) -> bool:
    """Long enough for any test."""
    time.sleep(3)
    return True


def writes_prose(_: Any) -> str:
    """No verdict at all."""
    return "It is fine."


def overshoots(_: Any) -> int:
    """No share of anything."""
    return 5


def is_lost(_: Any) -> float:
    """No number."""
    return float("nan")


def tampers(checked: Any) -> bool:
    """Would change what others see."""
    checked.answer = "fine"
    return True
