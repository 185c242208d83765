"""Demands on an answer that can be counted or looked up, read from the words of an instruction."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

_NUMBERS = {
    word: number
    for number, word in enumerate(
        ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]
    )
}
_NUMBER = rf"(\d+|{'|'.join(_NUMBERS)})"
_MOST = re.compile(
    rf"\b(?:no more than|not more than|at most|up to|in) {_NUMBER} (words?|sentences?)\b",
    re.IGNORECASE,
)
_ONE_WORD = re.compile(
    r"\b(?:answer|reply|respond) with (?:that |only |just )?one word\b", re.IGNORECASE
)
_JSON = re.compile(r"\b(?:as|in|valid|only) JSON\b", re.IGNORECASE)
_NEVER = re.compile(
    r"\b(?:do not|don't|never) (?:mention|say|use|write)(?: the words?)? [\"'“](.+?)[\"'”]",
    re.IGNORECASE,
)
_SENTENCE_ENDS = re.compile(r"[.!?]+(?=\s|$)")


@dataclass(frozen=True, slots=True)
class Demand:
    """What was demanded, in its own words, and whether an answer meets it."""

    words: str
    met: Callable[[str], bool]


def demands(instruction: str) -> Iterator[Demand]:
    """Those that can be checked."""
    for found in _MOST.finditer(instruction):
        most = int(_NUMBERS.get(found[1].casefold(), found[1]))
        count = _words if found[2].casefold().startswith("word") else _sentences
        yield Demand(found[0], partial(_at_most, most, count))
    for found in _ONE_WORD.finditer(instruction):
        yield Demand(found[0], partial(_at_most, 1, _words))
    for found in _JSON.finditer(instruction):
        yield Demand(found[0], _is_json)
    for found in _NEVER.finditer(instruction):
        yield Demand(found[0], partial(_lacks, found[1].casefold()))


def _at_most(most: int, count: Callable[[str], int], answer: str) -> bool:
    return count(answer) <= most


def _lacks(unwanted: str, answer: str) -> bool:
    return unwanted not in answer.casefold()


def _words(answer: str) -> int:
    return len(answer.split())


def _sentences(answer: str) -> int:
    return len(_SENTENCE_ENDS.findall(answer.strip())) or 1


def _is_json(answer: str) -> bool:
    try:
        json.loads(answer)
    except ValueError:
        return False
    return True
