"""Function calling: which declared function a prompt asks for, with which arguments, and the text afterwards.

A function is asked for when the prompt names it or a telling word of its name (`get_weather`: "weather").
Functions are called one after another, in the order of their mention, each in its own exchange; a prompt
that says "in parallel" or "at once" gets them together. Mode ANY calls the first if none is named, NONE calls none.
"""

import json
import re

from . import draw, schema
from .fields import Json, field, submessage, submessages
from .prompt import Prompt

_NAME_WORD = re.compile(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])")
_EMPTY_WORDS = frozenset(
    {"get", "set", "find", "list", "the", "call", "fetch", "current", "by", "of", "to", "for"}
)
_MAX_ROUNDS = 12


def calls(prompt: Prompt, seed: int) -> list[Json]:
    """The `functionCall` parts that answer ``prompt``; none when it should be answered in words."""
    if not prompt.functions or prompt.function_mode == "NONE":
        return []
    answered = [str(field(response, "name")) for response in responses(prompt)]
    if len(answered) >= _MAX_ROUNDS:
        return []
    asked = [function for function in _mentioned(prompt) if _name(function) not in answered]
    if not asked and prompt.function_mode == "ANY" and not answered:
        asked = [prompt.functions[0]]
    if asked and not re.search(r"\b(in parallel|at once)\b", prompt.last_user_text):
        asked = asked[:1]
    return [{"functionCall": _call(function, prompt, seed)} for function in asked]


def responses(prompt: Prompt) -> list[Json]:
    """The results of functions that were sent since the last words of the user."""
    found: list[Json] = []
    for content in prompt.contents:
        parts = submessages(content, "parts")
        if field(content, "role") == "user" and any(
            isinstance(field(p, "text"), str) for p in parts
        ):
            found = []
        found += [
            submessage(part, "functionResponse")
            for part in parts
            if field(part, "functionResponse")
        ]
    return found


def report(prompt: Prompt) -> str | None:
    """What the model says once every function has answered; None when none was called."""
    results = [
        f"{field(result, 'name')} says {json.dumps(submessage(result, 'response'), sort_keys=True)}"
        for result in responses(prompt)
    ]
    return f"Here is what I found: {'; '.join(results)}." if results else None


def _mentioned(prompt: Prompt) -> list[Json]:
    text = prompt.last_user_text
    found = [
        (position, f) for f in prompt.functions if (position := _position(_name(f), text)) >= 0
    ]
    return [function for _, function in sorted(found, key=lambda mention: mention[0])]


def _position(name: str, text: str) -> int:
    """Where ``text`` mentions the function: its name, else the first telling word of it; -1 if nowhere."""
    read = text.casefold()
    if name.casefold() in read:
        return read.index(name.casefold())
    words = {word.casefold() for word in _NAME_WORD.findall(name)} - _EMPTY_WORDS
    places = [
        m.start()
        for word in words
        if len(word) > 2 and (m := re.search(rf"\b{re.escape(word)}", read))
    ]
    return min(places, default=-1)


def _call(function: Json, prompt: Prompt, seed: int) -> Json:
    parameters = submessage(function, "parametersJsonSchema") or submessage(function, "parameters")
    name = _name(function)
    arguments = schema.fill(
        parameters or {"type": "object"},
        *(seed, prompt.digest, name),
        text=_subject(prompt.last_user_text),
    )
    return {
        "id": draw.digest(seed, prompt.digest, name).hex()[:16],
        "name": name,
        "args": arguments,
    }


def _subject(text: str) -> str:
    """What an argument in words is likely to be: a quotation, else a name inside the sentence."""
    quoted = re.search(r"[\"'“]([^\"'”]{1,80})[\"'”]", text)
    named = re.search(r"(?<=[a-z,] )([A-Z][\w-]+(?: [A-Z][\w-]+)*)", text)
    found = quoted or named
    return found.group(1) if found else text[:40]


def _name(function: Json) -> str:
    return str(field(function, "name") or "")
