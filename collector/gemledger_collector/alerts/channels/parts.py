"""Messages that are sent in parts: what was taken is not sent again while the rest is retried."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from gemledger_collector.alerts.channels.outcome import Outcome

Part = TypeVar("Part")

_MOST_REMEMBERED = 1000


@dataclass(slots=True)
class _Progress:
    done: int = 0
    refused: list[str] = field(default_factory=list)


class Parts:
    """How far each message has come. Forgotten by a restart, after which all its parts are sent again."""

    def __init__(self) -> None:
        self._of: dict[str, _Progress] = {}

    def send_next(
        self, message: str, parts: Sequence[Part], send: Callable[[Part], Outcome]
    ) -> Outcome:
        """Send the first part that is not done; the message is delivered when its last part is.

        A part that is refused for good does not keep the others back; the message then counts as given up.
        """
        progress = self._of.pop(message, _Progress())
        if progress.done < len(parts):
            outcome = send(parts[progress.done])
            if outcome.error is not None and outcome.retry:
                self._remember(message, progress)
                return outcome
            progress.done += 1
            if outcome.error is not None:
                progress.refused.append(outcome.error)
        if progress.done < len(parts):
            self._remember(message, progress)
            return Outcome(f"{progress.done} of {len(parts)} sent", retry=True, progressed=True)
        return _end(progress, len(parts))

    def _remember(self, message: str, progress: _Progress) -> None:
        self._of[message] = progress
        while len(self._of) > _MOST_REMEMBERED:
            del self._of[next(iter(self._of))]


def _end(progress: _Progress, count: int) -> Outcome:
    if not progress.refused:
        return Outcome()
    if count == 1:
        return Outcome(progress.refused[0])
    return Outcome(f"{len(progress.refused)} of {count} refused: {progress.refused[0]}")
