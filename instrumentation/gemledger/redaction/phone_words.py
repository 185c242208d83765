"""Words before a number that say whether it is a phone number."""

import re

_WORD = re.compile(r"[^\W\d_]+")
_OF_PHONES = (
    "phone phones tel tele telephone tél télé téléphone teléfono mobil mobile cell cellular cellphone fax whatsapp sms"
    " hotline desk office handy móvil movil celular rufnummer téléfono"
)
_OF_OTHERS = "order account invoice card case ticket id ref reference zip code price total amount version year"
_PHONES, _OTHERS = frozenset(_OF_PHONES.split()), frozenset(_OF_OTHERS.split())
_STEMS = ("telefon", "电话", "手机", "電話", "携帯", "телефон")
_CALLS = frozenset(("call", "ring", "text", "dial"))
_REACHES = frozenset(
    verb + ending
    for verb in ("call", "ring", "reach", "contact", "text", "answer")
    for ending in ("", "s", "ed", "ing")
)
_PERSONS = frozenset(("me", "us", "him", "her", "them", "back", "now"))
_AT = frozenset(("at", "on", "under"))
_PAIRS = frozenset(
    (
        *((owner, "number") for owner in ("my", "your", "his", "her", "our", "their")),
        *((noun, way) for noun in ("message", "messages") for way in ("to", "from")),
    )
)


def speak_of_a_phone(before: str) -> bool:
    """Whether the last telling word does: ``phone``, ``call me at``, ``my number``; not ``order``."""
    words = _WORD.findall(before.lower())
    for place in range(len(words) - 1, -1, -1):
        said = _says(words[place], words[place + 1 :])
        if said is not None:
            return said
    return False


def _says(word: str, after: list[str]) -> bool | None:
    """Whether a word, with those after it, speaks of a phone, or of something else, or of neither."""
    if word in _PHONES or any(stem in word for stem in _STEMS):
        return True
    if word in _OTHERS:
        return False
    at = word in _REACHES and not _AT.isdisjoint(after[:3])
    now = word in _CALLS and len(after) <= 1 and _PERSONS.issuperset(after)
    pair = bool(after) and (word, after[0]) in _PAIRS
    return True if at or now or pair else None
