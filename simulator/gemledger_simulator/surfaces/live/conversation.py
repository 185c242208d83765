"""What a Live session has heard and said so far: every turn is billed for all of it."""

from collections import OrderedDict
from dataclasses import dataclass, field, replace

from gemledger_simulator import fields
from gemledger_simulator.fields import Json, submessage, submessages

_REMEMBERED = 1_000


@dataclass(slots=True)
class Conversation:
    """The contents, in the order in which they came; outlives its connection by a handle."""

    contents: list[Json] = field(default_factory=list)

    def hear(self, message: Json) -> bool:
        """Take in a client message; whether it demands an answer."""
        content = fields.field(message, "clientContent")
        if isinstance(content, dict):
            self.contents += submessages(content, "turns")
            return bool(fields.field(content, "turnComplete"))
        spoken = submessage(message, "realtimeInput")
        if spoken:
            return self._hear_realtime(spoken)
        responses = submessages(submessage(message, "toolResponse"), "functionResponses")
        self._add("user", [{"functionResponse": response} for response in responses])
        return bool(responses)

    def _hear_realtime(self, spoken: Json) -> bool:
        text = spoken.get("text")
        blobs = submessages(spoken, "mediaChunks")
        for medium in ("audio", "video"):
            blobs += submessages(spoken, medium)
        self._add("user", [{"inlineData": blob} for blob in blobs])
        if isinstance(text, str):
            self._add("user", [{"text": text}])
            return True
        return any(
            fields.field(spoken, end) is not None for end in ("audioStreamEnd", "activityEnd")
        )

    def say(self, parts: list[Json]) -> None:
        """The model's own words become part of the context."""
        self._add("model", parts)

    def _add(self, role: str, parts: list[Json]) -> None:
        if parts:
            self.contents.append({"role": role, "parts": parts})


class Handles:
    """Sessions that can be resumed; the oldest handles are forgotten."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, Conversation] = OrderedDict()
        self._serial = 0

    def keep(self, conversation: Conversation) -> str:
        """A handle to the conversation as it is now."""
        self._serial += 1
        handle = f"simulated-handle-{self._serial}"
        self._kept[handle] = replace(conversation, contents=list(conversation.contents))
        if len(self._kept) > _REMEMBERED:
            self._kept.popitem(last=False)
        return handle

    def find(self, handle: str) -> Conversation | None:
        """The conversation of a handle; None for one that was never given, or is forgotten."""
        kept = self._kept.get(handle)
        return None if kept is None else replace(kept, contents=list(kept.contents))
