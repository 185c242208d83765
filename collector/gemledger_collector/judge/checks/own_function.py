"""A function of the user's as a check: it may raise, hang or answer nonsense, and nothing of ours is lost with it."""

import math
import threading
from collections.abc import Callable
from queue import Empty, SimpleQueue

from gemledger_collector.judge.checks.checked import Checked, CheckError, Finding
from gemledger_collector.judge.failures import Kind

MOST_HANGING = 3
"""Threads that one function may hold for ever: no thread can be ended from outside."""
PASSES = 0.5
"""A score from here on is good."""


class OwnFunction:
    """Calls it in a thread of its own, for so long and no longer. Safe for threads."""

    def __init__(self, function: Callable[[Checked], object], timeout_seconds: float) -> None:
        self._function = function
        self._timeout_seconds = timeout_seconds
        self._hanging: list[threading.Thread] = []

    def find(self, checked: Checked) -> Finding:
        """Its answer as a finding. Raises CheckError."""
        self._hanging = [thread for thread in self._hanging if thread.is_alive()]
        if len(self._hanging) >= MOST_HANGING:
            raise CheckError(
                f"{MOST_HANGING} calls of the function have not come back; mend it and restart",
                Kind.CHECK_TIMEOUT,
            )
        answers: SimpleQueue[object] = SimpleQueue()
        thread = threading.Thread(
            target=self._call, args=(checked, answers), name="gemledger-check", daemon=True
        )
        thread.start()
        try:
            answer = answers.get(timeout=self._timeout_seconds)
        except Empty:
            self._hanging.append(thread)
            raise CheckError(
                f"the function did not answer within {self._timeout_seconds:g} s",
                Kind.CHECK_TIMEOUT,
            ) from None
        return _finding(answer)

    def _call(self, checked: Checked, answers: SimpleQueue[object]) -> None:
        try:
            answers.put(self._function(checked))
        except BaseException as error:  # noqa: BLE001 - SystemExit of theirs ends nothing of ours
            answers.put(CheckError(f"the function raised {type(error).__name__}: {error}"))


def _finding(answer: object) -> Finding:
    if isinstance(answer, CheckError):
        raise answer
    if answer is None:
        return Finding.cannot_tell("the function could not tell")
    if isinstance(answer, bool):
        return Finding.either(answer, f"the function said {answer}")
    if not isinstance(answer, int | float):
        raise CheckError(
            f"the function gave a {type(answer).__name__}; let it give True, False, a score or None"
        )
    score = float(answer)
    if not (math.isfinite(score) and 0 <= score <= 1):
        raise CheckError(f"the function gave {score:g}; a score lies between 0 and 1")
    return Finding("good" if score >= PASSES else "bad", score, f"the function gave {score:g}")
