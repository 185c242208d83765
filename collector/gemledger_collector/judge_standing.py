"""Where the judge stands: whether it judges, and if not, why not and since when. Told by its loop, read by anybody."""

import threading
from dataclasses import dataclass, replace
from typing import Literal

State = Literal["off", "judging", "budget", "unpriced", "limited", "failing", "misconfigured"]
STANDSTILLS: frozenset[State] = frozenset(
    {"budget", "unpriced", "limited", "failing", "misconfigured"}
)
"""States in which answers wait that will not be judged for now."""


@dataclass(frozen=True, slots=True)
class Standing:
    """``off``: no model or no rule. ``since_unix_nano`` is when the state began, as far as this process knows."""

    state: State = "off"
    why: str = "extensions.judge has no model, or no rule with rubrics"
    since_unix_nano: int | None = None
    budget_pico_usd: int | None = None
    left_pico_usd: int | None = None
    """Of the day's budget, what is neither spent nor set aside; as of the last round."""

    @property
    def stands_still(self) -> bool:
        """Whether answers wait that will not be judged for now."""
        return self.state in STANDSTILLS


class JudgeStanding:
    """The standing of the moment. Safe for threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._now = Standing()

    @property
    def now(self) -> Standing:
        """What was told last."""
        with self._lock:
            return self._now

    def tell(self, told: Standing) -> None:
        """From now on so; where the state is the same it still began when it began."""
        with self._lock:
            began = self._now.since_unix_nano if self._now.state == told.state else None
            self._now = replace(told, since_unix_nano=began or told.since_unix_nano)
