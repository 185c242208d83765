"""A request's JSON as the engine sees it: texts, tokens, tools, and the wanted shape of the answer."""

import json
from dataclasses import dataclass

from . import draw
from .fields import Json, field, submessage, submessages, whole_number
from .tokens import Segment, part_segment, text_segment


class BadRequest(ValueError):  # noqa: N818 - named as the status it becomes
    """The request is not one that Gemini accepts; the text is the message of the 400."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What `generationConfig` asks of the answer."""

    max_output_tokens: int | None
    mime_type: str
    schema: Json | None
    stop_sequences: tuple[str, ...]
    thinking_budget: int | None
    include_thoughts: bool
    image_size: str
    """In lower case."""

    @classmethod
    def of(cls, config: Json) -> "Wanted":
        """Reads `generationConfig`. Raises BadRequest."""
        limit = whole_number(config, "maxOutputTokens")
        if limit is not None and limit <= 0:
            raise BadRequest(f"max_output_tokens must be positive, got {limit}")
        schema = field(config, "responseJsonSchema") or field(config, "responseSchema")
        stops = field(config, "stopSequences")
        thinking = submessage(config, "thinkingConfig")
        return cls(
            max_output_tokens=limit,
            mime_type=str(field(config, "responseMimeType") or "text/plain"),
            schema=schema if isinstance(schema, dict) else None,
            stop_sequences=tuple(map(str, stops)) if isinstance(stops, list) else (),
            thinking_budget=_thinking_budget(thinking),
            include_thoughts=bool(field(thinking, "includeThoughts")),
            image_size=str(field(submessage(config, "imageConfig"), "imageSize") or "1K").lower(),
        )


_BUDGET_BY_LEVEL = {"minimal": 0, "low": 120, "medium": 600, "high": 2400}


def _thinking_budget(thinking: Json) -> int | None:
    """Most tokens of thought; None leaves it to the model, as does the budget -1."""
    budget = whole_number(thinking, "thinkingBudget")
    if budget is None:
        return _BUDGET_BY_LEVEL.get(str(field(thinking, "thinkingLevel")).lower())
    return None if budget < 0 else budget


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """One request for content. ``digest`` is equal for equal prompts to the same model, and only for them."""

    model: str
    system: str
    contents: tuple[Json, ...]
    functions: tuple[Json, ...]
    function_mode: str
    tools: frozenset[str]
    wanted: Wanted
    segments: tuple[Segment, ...]
    digest: bytes

    @property
    def last_user_text(self) -> str:
        """The text of the last content that has some and does not come from the model."""
        for content in reversed(self.contents):
            text = _text_of(content)
            if text and field(content, "role") != "model":
                return text
        return ""

    @property
    def text(self) -> str:
        """All there is to read: system instruction and contents."""
        return f"{self.system}\n{self.spoken}"

    @property
    def spoken(self) -> str:
        """The texts of all contents."""
        return "\n".join(map(_text_of, self.contents))


def parse(model: str, request: Json) -> Prompt:
    """Reads a generateContent or countTokens request. Raises BadRequest."""
    contents = tuple(submessages(request, "contents"))
    if not contents:
        raise BadRequest("* GenerateContentRequest.contents: contents is not specified")
    system = submessage(request, "systemInstruction")
    tools = submessages(request, "tools")
    functions = tuple(f for tool in tools for f in submessages(tool, "functionDeclarations"))
    config = submessage(request, "generationConfig")
    segments = tuple(_segments(system, functions, contents))
    if not segments:
        raise BadRequest("* GenerateContentRequest.contents: contents.parts must not be empty.")
    calling = submessage(submessage(request, "toolConfig"), "functionCallingConfig")
    shape = json.dumps(config, sort_keys=True)
    return Prompt(
        model=model,
        system=_text_of(system),
        contents=contents,
        functions=functions,
        function_mode=str(field(calling, "mode") or "AUTO").upper(),
        tools=frozenset(name for tool in tools for name in tool),
        wanted=Wanted.of(config),
        segments=segments,
        digest=draw.digest(model, shape, *(segment.payload for segment in segments)),
    )


def _segments(
    system: Json, functions: tuple[Json, ...], contents: tuple[Json, ...]
) -> list[Segment]:
    """The prompt as tokens, in the order in which Gemini reads (and caches) it."""
    declared = [text_segment(json.dumps(function, sort_keys=True)) for function in functions]
    spoken = [part_segment(part) for content in contents for part in submessages(content, "parts")]
    told = [part_segment(part) for part in submessages(system, "parts")]
    return told + declared + spoken if spoken else []


def _text_of(content: Json) -> str:
    texts = (field(part, "text") for part in submessages(content, "parts"))
    return "\n".join(text for text in texts if isinstance(text, str))
