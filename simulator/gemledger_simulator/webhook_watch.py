"""Jobs that somebody wants to be told of, looked at until they have ended."""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .fields import Json

PAUSE_SECONDS = 0.02
_WATCHED = 10_000


@dataclass(frozen=True, slots=True)
class Ended:
    """What a webhook tells of a job."""

    event_type: str
    data: Json = field(default_factory=dict)


Look = Callable[[int], Ended | None]
"""A job at a time in unix nanoseconds: None while it goes on. Called from a thread of its own."""
Emit = Callable[[str, Json, Mapping[str, Any] | None], None]


class Watch:
    """Looks at every job until it has ended, then tells, once. The oldest are forgotten."""

    def __init__(self, clock: Callable[[], int], emit: Emit) -> None:
        self._clock = clock
        self._emit = emit
        self._jobs: list[tuple[Look, Mapping[str, Any] | None]] = []
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def add(self, look: Look, config: Mapping[str, Any] | None) -> None:
        """One more job, with its own configuration of webhooks if it has one."""
        with self._lock:
            self._jobs = [*self._jobs[1 - _WATCHED :], (look, config)]
            if self._thread is None:
                self._thread = threading.Thread(target=self._look_on, daemon=True)
                self._thread.start()

    def _look_on(self) -> None:
        while True:
            time.sleep(PAUSE_SECONDS)
            with self._lock:
                jobs = list(self._jobs)
            if jobs:
                self._look_at(jobs, self._clock())

    def _look_at(self, jobs: list[tuple[Look, Mapping[str, Any] | None]], now: int) -> None:
        for job in jobs:
            look, config = job
            ended = look(now)
            if ended is not None:
                with self._lock:
                    self._jobs = [other for other in self._jobs if other is not job]
                self._emit(ended.event_type, ended.data, config)
