"""The token counts of one exchange, and their JSON: `usageMetadata`."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from .fields import Json

_COUNTS = {
    "promptTokenCount": "prompt_tokens",
    "candidatesTokenCount": "output_tokens",
    "cachedContentTokenCount": "cached_tokens",
    "thoughtsTokenCount": "thoughts_tokens",
    "toolUsePromptTokenCount": "tool_use_tokens",
}
_VERBATIM = ("totalTokenCount", "trafficType", "serviceTier", "billedToolCalls")
_DETAILS = {
    "promptTokensDetails": "prompt_details",
    "cacheTokensDetails": "cached_details",
    "candidatesTokensDetails": "output_details",
    "toolUsePromptTokensDetails": "tool_use_details",
}


class UsageError(ValueError):
    """The header ``x-simulator-usage`` cannot be read; the text says why and what to send."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Tokens as Gemini counts them: cached is a part of prompt, output is without thoughts.

    Details are tokens per modality; what they do not name is TEXT.
    """

    prompt_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    thoughts_tokens: int = 0
    tool_use_tokens: int = 0
    prompt_details: Mapping[str, int] = field(default_factory=dict)
    cached_details: Mapping[str, int] = field(default_factory=dict)
    output_details: Mapping[str, int] = field(default_factory=dict)
    tool_use_details: Mapping[str, int] = field(default_factory=dict)
    verbatim: Mapping[str, object] = field(default_factory=dict)
    """Fields that are sent as they are: a total of one's own, ``trafficType``, and what only the wire has."""

    @property
    def total_tokens(self) -> int:
        """Prompt, answer, tool results and thoughts; cached tokens are in the prompt already."""
        return self.prompt_tokens + self.output_tokens + self.tool_use_tokens + self.thoughts_tokens

    @classmethod
    def from_header(cls, text: str) -> Self:
        """The usage in ``x-simulator-usage``: JSON of Google's field names. Raises UsageError."""
        try:
            message = json.loads(text)
        except ValueError as error:
            raise UsageError(f"x-simulator-usage is not JSON: {error}") from None
        if not isinstance(message, dict):
            raise UsageError('x-simulator-usage is not a JSON object; send {"promptTokenCount": 1}')
        verbatim = {name: message.pop(name) for name in _VERBATIM if name in message}
        known = dict(_override(name, value) for name, value in message.items())
        return cls(**known, verbatim=verbatim)

    def as_header(self) -> str:
        """The value of ``x-simulator-usage`` that is answered with exactly this usage."""
        message: Json = {name: getattr(self, own) for name, own in _COUNTS.items()}
        for name, own in _DETAILS.items():
            if getattr(self, own):
                message[name] = _details_json(sum(getattr(self, own).values()), getattr(self, own))
        return json.dumps(message | dict(self.verbatim), separators=(",", ":"))

    def metadata(self) -> Json:
        """`usageMetadata`. Like every proto3 message it leaves out what is zero, but for prompt and total."""
        message: Json = {"promptTokenCount": self.prompt_tokens}
        for name, own in _COUNTS.items():
            if count := getattr(self, own):
                message[name] = count
        message["totalTokenCount"] = self.total_tokens
        for (name, own), count_name in zip(_DETAILS.items(), _DETAILED_COUNTS, strict=True):
            if count := getattr(self, count_name):
                message[name] = _details_json(count, getattr(self, own))
        return message | dict(self.verbatim)


_DETAILED_COUNTS = ("prompt_tokens", "cached_tokens", "output_tokens", "tool_use_tokens")


def _details_json(count: int, details: Mapping[str, int]) -> list[Json]:
    text = details.get("TEXT", 0) + count - sum(details.values())
    counts = {"TEXT": text} | {name: n for name, n in details.items() if name != "TEXT"}
    return [{"modality": name, "tokenCount": n} for name, n in counts.items() if n > 0]


def _override(name: str, value: Any) -> tuple[str, Any]:  # noqa: ANN401 - any JSON may come in a header
    if name in _DETAILS and isinstance(value, list):
        try:
            return _DETAILS[name], {d["modality"]: _count(name, d["tokenCount"]) for d in value}
        except (KeyError, TypeError):
            raise UsageError(
                f'x-simulator-usage.{name}: send [{{"modality": …, "tokenCount": …}}]'
            ) from None
    if name in _COUNTS:
        return _COUNTS[name], _count(name, value)
    known = ", ".join([*_COUNTS, *_DETAILS, *_VERBATIM])
    raise UsageError(f"x-simulator-usage has no field {name!r}; it knows {known}")


def _count(name: str, value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise UsageError(f"x-simulator-usage.{name} is {value!r}; send a whole number of 0 or more")
    return value
