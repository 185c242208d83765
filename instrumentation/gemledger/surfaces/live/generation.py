"""One generation of a Live session: the model reads the whole context and says something. That is what is billed."""

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

from gemledger.attributes import Request
from gemledger.exchange import Exchange
from gemledger.grounding import Grounding
from gemledger.modality_details import word

_PROMPT, _RESPONSE, _THOUGHTS = (
    "prompt_token_count",
    "response_token_count",
    "thoughts_token_count",
)
_COUNTS = (
    _PROMPT,
    _RESPONSE,
    _THOUGHTS,
    "cached_content_token_count",
    "tool_use_prompt_token_count",
)
_FIELDS = (
    *_COUNTS,
    "total_token_count",
    "prompt_tokens_details",
    "cache_tokens_details",
    "response_tokens_details",
    "tool_use_prompt_tokens_details",
    "traffic_type",
    "service_tier",
)

Told = Mapping[str, Any]
"""The fields of one usage message that say something."""
NOTHING: Told = {}


def told_by(usage: Any) -> Told:  # noqa: ANN401 - the SDK's UsageMetadata, or None
    """What a usage message says; nothing where it counts nothing."""
    if usage is None:
        return NOTHING
    told = {name: getattr(usage, name, None) for name in _FIELDS}
    if all(told[name] is None for name in _COUNTS):
        return NOTHING
    return {name: value for name, value in told.items() if value is not None}


class Generation(Exchange):
    """Filled message by message. ``called``: it called tools; ``told``: the last value of each field of its usage.

    ``untold``: it said what no usage counts yet; ``followed``: so did something after its tool call, which may be a
    generation of its own.
    """

    __slots__ = ("called", "followed", "told", "untold")

    def __init__(self, call: Any, request: Request) -> None:  # noqa: ANN401 - the turn it belongs to
        super().__init__(call, request, None)
        self.called = False
        self.followed = False
        self.untold = False
        self.told: dict[str, Any] = {}

    @property
    def is_told(self) -> bool:
        """Whether the usage is known, and counts everything that was said."""
        return self.metadata is not None and not self.untold

    def speak(self) -> None:
        """The model said something, or called a tool."""
        self.observed = True
        if self.called and self.is_told:
            self.followed = True
        else:
            self.untold = True

    def tell(self, told: Told) -> None:
        """Take in a usage message: of each field the last value counts."""
        self.observed = True
        self.told.update(told)
        if _RESPONSE in told:
            self.untold = self.followed = False
        # A response count there always is: by it usage is known as a Live session's, whose total is no checksum.
        self.metadata = SimpleNamespace(**{_RESPONSE: 0, **self.told})

    def restates(self, told: Told) -> bool:
        """Whether a usage message can be about this generation, and not about a further one."""
        if self.called and not self.has_prompt_of(told):
            return False
        return not any(
            _falls(self.told.get(name), told.get(name)) for name in (_RESPONSE, _THOUGHTS)
        )

    def awaits(self, told: Told) -> bool:
        """Whether usage that comes after the turn's end can be this one's: it counts what was said, in this context."""
        return self.has_prompt_of(told) and (_RESPONSE in told or not self.untold)

    def has_prompt_of(self, told: Told) -> bool:
        """Whether the context is the same, as far as both say."""
        return _PROMPT not in told or same_prompt(self.told, told, unknown=True)

    def ground(self, metadata: Any) -> None:  # noqa: ANN401 - the SDK's GroundingMetadata
        """It searched. The same queries may come in several messages."""
        if self._grounding is None:
            self._grounding = Grounding()
        self._grounding.add(metadata)

    def end_for(self, reason: Any) -> None:  # noqa: ANN401 - the SDK's TurnCompleteReason
        """Why the turn ended, where the server says."""
        self._finish_reasons = {0: word(reason)}


def same_prompt(before: Told, after: Told, *, unknown: bool = False) -> bool:
    """Whether both count the same context; ``unknown`` where the first does not say."""
    mine = before.get(_PROMPT)
    return unknown if mine is None else bool(mine == after.get(_PROMPT))


def _falls(before: object, after: object) -> bool:
    return isinstance(before, int) and isinstance(after, int) and after < before
