"""Which language an answer is in, by its script and its commonest words; pure, and silent where it is unsure."""

# ruff: noqa: RUF001 - letters that look like others are what this is about

import re
from collections import Counter
from collections.abc import Sequence

from gemledger_collector.judge.checks.checked import Checked, Finding

READ_CHARACTERS = 20_000
FEWEST_WORDS = 6
FEWEST_LETTERS = 8
LEAST_SHARE = 0.12
"""Of all words must be the language's commonest ones; in running text it is a third to a half."""
LEAD = 1.4
"""By how much it must be ahead of the second."""
MOST_FOREIGN = 0.3
"""Share of letters in another script from which on a text is of two languages."""

_SCRIPTS = (
    ("Latin", "A-Za-zÀ-ÖØ-öø-ɏḀ-ỿ"),
    ("Cyrillic", "Ѐ-ӿ"),
    ("Arabic", "ء-يٱ-ۿݐ-ݿ"),
    ("Devanagari", "ऀ-ॿ"),
    ("Bengali", "ঀ-৿"),
    ("Greek", "Ͱ-Ͽἀ-῿"),
    ("Hebrew", "א-ת"),
    ("Thai", "ก-๎"),
    ("Hangul", "가-힣ᄀ-ᇿ"),
    ("Kana", "ぁ-ヿ"),
    ("Han", "一-鿿㐀-䶿"),
)
_LETTERS = {name: re.compile(f"[{letters}]") for name, letters in _SCRIPTS}
_ONLY_ONE = {
    "Greek": "el",
    "Hebrew": "he",
    "Thai": "th",
    "Hangul": "ko",
    "Kana": "ja",
    "Bengali": "bn",
}
_COMMON = {
    "en": """
        the of and to in is that it for you was with on as are be this have from or by not at your
        can we will if which do has
    """,
    "de": """
        der die und in den von zu das mit sich des auf für ist im dem nicht ein eine als auch es
        an werden aus er hat dass sie ich wir ihr bei wenn oder kann haben sind
    """,
    "fr": """
        de la le et les des en un une du est que dans pour qui au pas sur se par plus ne ce il
        vous avec sont nous votre cette être ou mais
    """,
    "es": """
        de la que el en y los se del las un por con no una su para es al lo como más pero sus le
        ya este si usted está tiene puede
    """,
    "pt": """
        de que e o a do da em um para com não uma os no se na por mais as dos como mas ao ele das
        você seu sua ou é está são pode isso
    """,
    "it": """
        di che e la il un a per in una sono non è con si da come del le dei della nel più ma lo
        gli anche questo alla può suo ha se
    """,
    "nl": """
        de het een en van in is dat op te voor met zijn die niet aan er om ook als maar bij uit
        naar dan u kan wordt deze je wij
    """,
    "tr": """
        bir ve bu için ile da de çok daha olarak gibi olan en ne kadar sonra ama var değil ben sen
        siz mi her şey olduğu veya
    """,
}
_STOP_WORDS = {language: frozenset(words.split()) for language, words in _COMMON.items()}
_UKRAINIAN, _RUSSIAN = frozenset("іїєґ"), frozenset("ыэёъ")
_OTHER_CYRILLIC = frozenset("ўјљњћђџѓќүұқғңөһәі")
_NOT_ARABIC = frozenset("پچژگکیٹڈڑںےہھۀۂەۇۋېڭ")
_MARATHI = frozenset("ळ")
_NOT_PROSE = re.compile(r"```.*?(?:```|\Z)|`[^`]*`|https?://\S+|\S+@\S+", re.DOTALL)
_WORD = re.compile(r"[^\W\d_]+")


def find(checked: Checked, expected: Sequence[str]) -> Finding:
    """Good in one of the expected languages, bad in another, and cannot tell where the text says too little."""
    language = language_of(checked.answer)
    if language is None:
        return Finding.cannot_tell("its language does not show")
    return Finding.either(language in expected, f"it reads as {language}")


def language_of(text: str) -> str | None:
    """The language of a text by its two letters; None where it does not show. Code and links do not count."""
    prose = _NOT_PROSE.sub(" ", text[:READ_CHARACTERS])
    counts = {name: len(letters.findall(prose)) for name, letters in _LETTERS.items()}
    if counts["Kana"] and counts["Kana"] * 10 >= counts["Han"]:  # Japanese is written in both
        counts["Kana"] += counts.pop("Han")
    letters = sum(counts.values())
    script, most = max(counts.items(), key=lambda pair: pair[1])
    short = letters < FEWEST_LETTERS and not (script in ("Han", "Kana", "Hangul") and letters >= 4)
    if short or letters - most > MOST_FOREIGN * letters:
        return None
    return _ONLY_ONE.get(script) or _of_script(script, prose.casefold())


def _of_script(script: str, prose: str) -> str | None:
    letters = set(prose)
    if script == "Han":
        return "zh"
    if script == "Devanagari":
        return None if letters & _MARATHI else "hi"
    if script == "Arabic":
        return None if letters & _NOT_ARABIC else "ar"
    if script == "Cyrillic":
        return _cyrillic(letters)
    return _latin(_WORD.findall(prose))


def _cyrillic(letters: set[str]) -> str | None:
    if letters & _RUSSIAN and not letters & _OTHER_CYRILLIC:
        return "ru"
    if letters & _UKRAINIAN and not letters & (_RUSSIAN | (_OTHER_CYRILLIC - _UKRAINIAN)):
        return "uk"
    return None


def _latin(words: list[str]) -> str | None:
    if len(words) < FEWEST_WORDS:
        return None
    found = Counter(
        language for word in words for language, common in _STOP_WORDS.items() if word in common
    )
    (first, count), (_, second) = (*found.most_common(2), ("", 0), ("", 0))[:2]
    enough = count >= LEAST_SHARE * len(words) and count >= 2
    return first if enough and count >= LEAD * second else None
