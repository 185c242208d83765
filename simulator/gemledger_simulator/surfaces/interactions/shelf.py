"""Interactions that Gemini keeps: their conversation, how long they run, and that each is billed once."""

from collections import OrderedDict
from dataclasses import dataclass

from gemledger_simulator.fields import Json
from gemledger_simulator.webhook_watch import Ended

_KEPT = 10_000
_TOLD = ("completed", "requires_action", "failed", "cancelled")


@dataclass(slots=True)
class Kept:
    """One interaction. ``resource`` is what it will be when it has ended."""

    resource: Json
    turns: list[Json]
    """The conversation up to and with its answer: what a next one begins with."""
    looks_left: int = 0
    done_at_unix_nano: int = 0
    ended: bool = True

    def look(self, now_unix_nano: int) -> bool:
        """Somebody looks; whether it has ended by this look, and had not before."""
        if self.ended:
            return False
        if self.looks_left > 0 or now_unix_nano < self.done_at_unix_nano:
            self.looks_left = max(0, self.looks_left - 1)
            return False
        self.ended = True
        return True

    def told(self, now_unix_nano: int) -> Ended | None:
        """What webhooks tell of it, once a look would find it ended."""
        if not self.ended and (self.looks_left > 0 or now_unix_nano < self.done_at_unix_nano):
            return None
        status = self.resource["status"]
        word = status if status in _TOLD else "completed"
        return Ended(f"interaction.{word}", {"id": self.resource["id"]})

    @property
    def seen(self) -> Json:
        """What a look shows."""
        if self.ended:
            return self.resource
        hidden = ("usage", "steps", "continuation_token", "service_tier")
        shown = {name: value for name, value in self.resource.items() if name not in hidden}
        return shown | {"status": "in_progress"}


class Shelf:
    """The newest interactions, by id."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, Kept] = OrderedDict()

    def put(self, kept: Kept) -> None:
        """One more."""
        self._kept[kept.resource["id"]] = kept
        while len(self._kept) > _KEPT:
            self._kept.popitem(last=False)

    def get(self, interaction_id: object) -> Kept | None:
        """The interaction of this id, if it is kept."""
        return self._kept.get(str(interaction_id))

    def remove(self, interaction_id: str) -> bool:
        """Forget one; whether there was one."""
        return self._kept.pop(interaction_id, None) is not None
