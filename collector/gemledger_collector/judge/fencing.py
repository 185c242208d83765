"""Text that others wrote, fenced off from what the judge is told; pure.

Two walls. Every tag of a prompt carries a mark that follows from the texts themselves by a hash, so that no text can
hold it: who writes ``</answer MARK>`` into an answer changes the mark. And since a model may take for a tag whatever
looks like one, all that reads like a tag of ours, in any spelling, gets a backslash.
"""

# ruff: noqa: RUF001 - letters that look like others are what this is about

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

NAMES = ("instructions", "context", "question", "answer")
MARK_DIGITS = 32

_LOOKALIKES = str.maketrans(
    {
        **dict.fromkeys("‹〈⟨❮❰〈≺ᐸ˂⧼«", "<"),
        **dict.fromkeys("⁄∕⧸╱⟋", "/"),
        # Letters of the names in other alphabets; those of mathematics and full width fold by themselves.
        **dict.fromkeys("аα", "a"),
        **dict.fromkeys("еεє", "e"),
        **dict.fromkeys("оοօ", "o"),
        **dict.fromkeys("сϲ", "c"),
        **dict.fromkeys("хχ", "x"),
        **dict.fromkeys("іιıɪ", "i"),
        **dict.fromkeys("ѕꜱ", "s"),
        **dict.fromkeys("тτᴛ", "t"),
        **dict.fromkeys("гʀ", "r"),
        **dict.fromkeys("пոηɴ", "n"),
        **dict.fromkeys("սυᴜ", "u"),
        **dict.fromkeys("ԛզ", "q"),
        **dict.fromkeys("ԝωѡᴡ", "w"),
        "ᴀ": "a",
        "ᴄ": "c",
        "ᴇ": "e",
        "ᴏ": "o",
    }
)
_OPENS = r"<|&lt;?|&#0*60;?|&#x0*3c;?|%3c|\\u003c|\\x3c"
_SLASH = r"/|&sol;?|&#0*47;?|&#x0*2f;?|%2f|\\u002f|\\x2f"
_NAME = "|".join(NAMES)
_BETWEEN = rf"(?:{_SLASH}|[^a-z0-9<>\\]){{0,6}}"
_TAG = re.compile(
    rf"(?P<opens>{_OPENS}){_BETWEEN}(?:{_NAME})|(?P<other>[\[{{(])(?:{_SLASH})(?:{_NAME})"
)
_DROPPED = frozenset({"Cf", "Cc", "Mn", "Me", "Zs", "Zl", "Zp", "Cn", "Co", "Cs"})


def mark_of(texts: Iterable[str]) -> str:
    """A mark that none of the texts holds; the same for the same texts."""
    whole = "\x1f".join(texts)
    mark = _digest(whole)
    while mark in whole:
        mark = _digest(mark + whole)
    return mark


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:MARK_DIGITS]


def fenced(name: str, text: str, mark: str) -> str:
    """The text between tags of its own. What no encoding knows (a lone surrogate) becomes a question mark."""
    readable = text.encode("utf-8", "replace").decode()
    return f"<{name} {mark}>\n{defused(readable)}\n</{name} {mark}>"


def defused(text: str) -> str:
    """The text, verbatim but for a backslash in whatever reads like one of our tags."""
    skeleton, places = _skeleton(text)
    kept, end = [], 0
    for found in _TAG.finditer(skeleton):
        opening = "opens" if found["opens"] else "other"
        place = places[found.end(opening) - 1] + 1
        kept += [text[end:place], "\\"]
        end = place
    return "".join([*kept, text[end:]])


def _skeleton(text: str) -> tuple[str, list[int]]:
    """What a reader sees of the text, without blanks, and where each character of that stands in the text."""
    letters: list[str] = []
    places: list[int] = []
    for place, character in enumerate(text):
        for letter in _plain(character):
            letters.append(letter)
            places.append(place)
    return "".join(letters), places


@lru_cache(maxsize=65_536)
def _plain(character: str) -> str:
    """A character as it is read: folded, without accents, invisible ones as nothing."""
    folded = unicodedata.normalize("NFKD", character.translate(_LOOKALIKES)).casefold()
    seen = "".join(each for each in folded if unicodedata.category(each) not in _DROPPED)
    return seen.translate(_LOOKALIKES)
