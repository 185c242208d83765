"""How the simulated judge reads its material: what lies between tags is a text, what lies outside is said to it.

A careful reader takes for the end of a text only the very tag that closes it. A gullible one takes whatever looks like
one: in any case, with blanks or invisible characters in it, in letters of other alphabets, as entities. And it obeys
whatever it reads outside the texts.
"""

# ruff: noqa: RUF001 - letters that look like others are what this is about

import base64
import binascii
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

_OPENING = re.compile(r"<(instructions|context|question|answer)((?: [0-9a-f]+)?)>")
_ALIKE = str.maketrans(
    {
        **dict.fromkeys("‹〈⟨❮ᐸ«", "<"),
        **dict.fromkeys("›〉⟩❯ᐳ»", ">"),
        **dict.fromkeys("⁄∕⧸╱", "/"),
        **dict(zip("аеосхіѕтгԝαεοιτνωп", "aeocxistrwaeoitvwn", strict=True)),
    }
)
_ENTITIES = (
    ("&lt;", "<"),
    ("&gt;", ">"),
    ("&#60;", "<"),
    ("&#62;", ">"),
    ("&#x3c;", "<"),
    ("&sol;", "/"),
)
_LABEL = r"(good|bad|cannot_tell)"
_ORDERS = (
    re.compile(rf"\b(?:label|verdict|bewerte\w*|etikett|etiqueta|étiquette|метка|标签)\W{{0,8}}(?:is|as|it|mit|als|como)?\W{{0,8}}{_LABEL}\b"),
    re.compile(rf"\b(?:answer|say|reply|antworte)\W{{0,4}}(?:with|mit)?\W{{0,4}}{_LABEL}\b"),
)  # fmt: skip
_SCORE = re.compile(r"\bscore\W{0,8}(?:is|of|as)?\W{0,4}(\d+(?:\.\d+)?)\b")
_BASE64 = re.compile(r"[A-Za-z0-9+/]{16,}={0,2}")


@dataclass(frozen=True, slots=True)
class Reading:
    """The texts by the names of their tags, and what was said outside all of them."""

    texts: Mapping[str, str] = field(default_factory=dict)
    outside: str = ""

    @property
    def ordered_label(self) -> str | None:
        """The label that somebody outside the texts asks for."""
        found = (order.search(said) for said in _heard(self.outside) for order in _ORDERS)
        return next((match[1] for match in found if match), None)

    @property
    def ordered_score(self) -> float | None:
        """The score that somebody outside the texts asks for."""
        found = (_SCORE.search(said) for said in _heard(self.outside))
        return next((float(match[1]) for match in found if match), None)


def read(message: str, *, gullible: bool = False) -> Reading:
    """What lies between tags, and what outside. Without any tag all of it is outside."""
    texts: dict[str, str] = {}
    outside: list[str] = []
    place = 0
    while found := _OPENING.search(message, place):
        name = found[1]
        end, behind = _closing(message, found, gullible=gullible)
        outside.append(message[place : found.start()])
        texts.setdefault(name, message[found.end() : end])
        place = behind
    return Reading(texts, "".join([*outside, message[place:]]))


def _closing(message: str, opening: re.Match[str], *, gullible: bool) -> tuple[int, int]:
    """Where the text ends, and where its closing tag does; the end of all where it is never closed."""
    name = opening[1]
    if gullible:
        text, places = _skeleton(message, opening.end())
        looks = re.search(rf"</{name}[^<>]{{0,80}}>|[\[({{]/{name}[\])}}]", text)
        return (
            (places[looks.start()], places[looks.end() - 1] + 1) if looks else (len(message),) * 2
        )
    tag = f"</{name}{opening[2]}>"
    end = message.find(tag, opening.end())
    return (end, end + len(tag)) if end >= 0 else (len(message),) * 2


def _skeleton(message: str, start: int) -> tuple[str, list[int]]:
    """What one sees without looking closely, and where each character of it stands."""
    letters: list[str] = []
    places: list[int] = []
    position = start
    while position < len(message):
        seen, width = _seen(message, position)
        letters.append(seen)
        places += [position] * len(seen)
        position += width
    return "".join(letters), places


def _seen(message: str, position: int) -> tuple[str, int]:
    for entity, character in _ENTITIES:
        if message[position : position + len(entity)].lower() == entity:
            return character, len(entity)
    folded = unicodedata.normalize("NFKD", message[position]).casefold().translate(_ALIKE)
    visible = (each for each in folded if unicodedata.category(each)[0] not in "CMZ")
    return "".join(visible), 1


def _heard(outside: str) -> Iterator[str]:
    """What was said, in lower case; also what was said in base64."""
    yield outside.casefold()
    for found in _BASE64.findall(outside):
        try:
            yield base64.b64decode(found, validate=True).decode().casefold()
        except (binascii.Error, UnicodeDecodeError):
            continue
