"""Phone numbers: forms that nothing else has, and plain rows of digits beside a word that says what they are."""

import re

from gemledger.redaction.phone_words import speak_of_a_phone

_FEWEST, _MOST = 7, 15
"""Digits of a phone number; E.164 allows no more."""
_SEPARATOR = r"[ .\-/\u00a0\u2009\u202f\u2010\u2011\u2013]"
_NO_DATE = r"(?!\d{1,2}[./-]\d{1,2}[./-]\d{4}(?!\d)|\d{4}-\d\d-\d\d|\d{3}-\d\d-\d{4}(?!\d))"
"""Neither a date nor what is written like a social security number."""
_EXTENSION = r"(?:(?: ?x ?| ?#| ?ext\.? ?)\d{1,5})?"
# Between two groups of digits there is always a separator or a bracket: a row can be split in one way only.
_OF_ITSELF = re.compile(
    r"(?:"
    # +46 (0)8 928 571 38, 001-518-640-0854
    rf"(?:\+|00){_SEPARATOR}?[1-9]\d{{0,14}}"
    rf"(?:{_SEPARATOR}?\(\d{{1,5}}\){_SEPARATOR}?\d{{1,12}}|{_SEPARATOR}{{1,2}}\d{{1,12}}){{0,6}}"
    # (579)888-3058, (37) 788-063
    rf"|\(\d{{2,6}}\){_SEPARATOR}?\d{{2,10}}(?:{_SEPARATOR}\d{{2,5}}){{0,2}}"
    # 780-999-2181, 1-780-999-2181
    rf"|(?:1{_SEPARATOR})?\d{{3}}(?P<same>{_SEPARATOR})\d{{3}}(?P=same)\d{{4}}"
    # 03.93.92.16.85
    rf"|0[1-9](?:{_SEPARATOR}\d\d){{4}}(?!{_SEPARATOR}?\d)"
    # 0490 75 40 81, 0393 1144137
    rf"|{_NO_DATE}0[1-9]\d{{0,3}}{_SEPARATOR}(?=(?:\d\d{_SEPARATOR})?\d{{3}})\d{{2,8}}(?:{_SEPARATOR}\d{{2,5}}){{0,3}}"
    rf"|0\d{{3}}{_SEPARATOR}\d\d(?:{_SEPARATOR}\d\d){{2}}"
    rf"){_EXTENSION}(?!\w|[-.]\d)"
)
_BESIDE_A_WORD = re.compile(
    rf"{_NO_DATE}\(?\d{{1,15}}\)?(?:{_SEPARATOR}\d{{2,8}}){{0,5}}{_EXTENSION}(?!\w|[-.:,]\d)"
)
_WORDS_AFTER = re.compile(r"(?i)\W{0,3}(?:office|fax|mobile|cell|home|work|desk|tel|phone)\b")
_INSIDE = re.compile(r"(?:\w|\w-|\d[.,]|\+)\Z")
"""What stands before a number that is part of something longer: an identifier, a decimal fraction."""
_FAR = 40
"""Characters before a number in which a word about it may stand."""


def announced_until(text: str, start: int, end: int) -> int:
    """Up to where a number in the row of digits ``[start, end)`` may begin to be called a phone number by a word.

    ``start`` itself where no word does. The word is the last telling one before the row, or the one right after it.
    """
    if speak_of_a_phone(text[max(0, start - _FAR) : start]):
        return start + _FAR
    return end if _WORDS_AFTER.match(text, end) else start


def match(text: str, start: int, *, announced: bool) -> tuple[int, int] | None:
    """Extent of the phone number whose first digit is at ``start``, a plus or a bracket before it included.

    ``announced``: a word beside it says that it is one, so any row of digits will do.
    """
    for opening in (start - 2, start - 1, start):
        if opening < 0 or (opening < start and text[opening] not in "+("):
            continue
        found = _OF_ITSELF.match(text, opening)
        if found is None and announced and opening >= start - 1:
            found = _BESIDE_A_WORD.match(text, opening)
        if found is None or not _FEWEST <= _digits(found.group()) <= _MOST:
            continue
        if not _INSIDE.search(text[max(0, opening - 2) : opening]):
            return found.span()
    return None


def _digits(text: str) -> int:
    return sum(map(str.isdecimal, text))
