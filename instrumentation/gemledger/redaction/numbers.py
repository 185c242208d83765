"""Numbers that name a person: social security and phone numbers, and cards; found in rows of digits.

What has a checksum must pass it. A phone number either has a form that nothing else has, or a word beside it that says
what it is; a bare row of digits is left alone.
"""

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from gemledger.redaction import phones
from gemledger.redaction.finding import Finding

_SEPARATORS = " ().\\-/\u00a0\u2009\u202f\u2010\u2011\u2013"
_ROW = re.compile(rf"\d(?:[{_SEPARATORS}]{{0,3}}+\d){{6,}}+")
_GROUP = re.compile(r"\d+")
_PROMISING = re.compile(
    rf"\d{{9}}|(?<!\d)0\d|[+(]|\d{{3}}([{_SEPARATORS}])\d{{2,3}}\1\d{{4}}|\d{{4}}[{_SEPARATORS}]\d{{4}}"
)
"""In every row of digits in which anything can be found without a word beside it; measurements have none of it."""
_ISSUER = re.compile(
    r"4|5|6|3[04-9]|220[0-4]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720|1800|2131|8[12]|9792"
)
"""First digits of the cards in use; keeps out times in milliseconds, years and most order numbers."""
_CARD_SEPARATORS = (" ", "-", "\u00a0", "\u2011")
_SSN_SEPARATORS = ("-", " ", "\u2011")
_SSN_WORDS = re.compile(r"(?i)\b(?:ssn|social security|tax id|tin|itin)\b")
_DIGIT_SUM_OF_DOUBLE = str.maketrans("0123456789", "0246813579")
_FAR = 40
"""Characters before a number in which a word about it may stand."""

Span = tuple[int, int]


class _Row(NamedTuple):
    """A row of digits and separators: the groups of digits in it, and up to where a word announces a phone number."""

    text: str
    groups: list[Span]
    announced_until: int


def find(text: str) -> Iterator[Finding]:
    """Every such number in a text, in order."""
    taken = 0
    for match in _ROW.finditer(text):
        start, end = match.span()
        announced_until = phones.announced_until(text, start, end)
        if announced_until == start and not _PROMISING.search(text, max(0, start - 1), end):
            continue
        groups = [group.span() for group in _GROUP.finditer(text, start, end)]
        row = _Row(text, groups, announced_until)
        for position, (begin, _) in enumerate(groups):
            finding = _finding(row, position) if begin >= taken else None
            if finding is not None and finding.start >= taken:
                yield finding
                taken = finding.end


def _finding(row: _Row, position: int) -> Finding | None:
    """What begins with the group of digits at a position, if anything does."""
    text, (start, end) = row.text, row.groups[position]
    if start and _is_word(text[start - 1]):
        return None
    for kind, measure in _MEASURES.get(end - start, _OF_CARDS):
        extent = measure(row, position)
        if extent and not _is_word(text[extent : extent + 1]):
            return Finding(start, extent, kind)
    announced = start < row.announced_until
    if announced or end - start in (1, 3) or text[start] == "0" or text[max(0, start - 1)] in "+(":
        phone = phones.match(text, start, announced=announced)
        return Finding(*phone, "phone") if phone is not None else None
    return None


def _is_word(character: str) -> bool:
    """Whether a number beside this character is part of an identifier; nothing, at the end of a text, is not."""
    return character.isalnum() or character == "_"


def _card_end(row: _Row, position: int) -> int:
    """Where a card's number ends that begins here; 0 for none. Groups of four or more digits, one separator."""
    text, (start, end) = row.text, row.groups[position]
    if not _ISSUER.match(text, start):
        return 0
    if start > 1 and text[start - 1] == "." and text[start - 2].isdecimal():  # a decimal fraction
        return 0
    digits, separator = "", text[end : end + 1]
    for begin, until in row.groups[position : position + 6]:
        if begin > start and (separator not in _CARD_SEPARATORS or text[begin - 1] != separator):
            break
        digits += text[begin:until]
        if len(digits) > 19:
            break
        if len(digits) >= (12 if begin == start else 13) and passes_luhn(digits):
            return until
        if until - begin < 4:
            break
    return 0


def passes_luhn(digits: str) -> bool:
    """Luhn: doubled every second digit from the right, the digit sums of all end in 0."""
    if not digits.isascii():  # digits of other scripts count, too
        digits = "".join(str(int(digit)) for digit in digits)
    doubled = digits[-2::-2].translate(_DIGIT_SUM_OF_DOUBLE)
    return (sum(map(int, digits[-1::-2])) + sum(map(int, doubled))) % 10 == 0


def _ssn_end(row: _Row, position: int) -> int:
    """Where a social security number ends that begins here; 0 for none. Without hyphens only beside its name."""
    text, (start, end) = row.text, row.groups[position]
    if end - start == 9:
        area, middle, serial = (
            text[start : start + 3],
            text[start + 3 : start + 5],
            text[end - 4 : end],
        )
        announced = True
    elif end - start == 3:
        spans = row.groups[position : position + 3]
        area, middle, serial = ([text[slice(*span)] for span in spans] + ["", ""])[:3]
        separator = text[end : end + 1]
        end = start + 11
        if separator not in _SSN_SEPARATORS or text[start:end] != separator.join(
            (area, middle, serial)
        ):
            return 0
        if "-" in (text[start - 1 : start], text[end : end + 1]):
            return 0
        announced = separator == " "
    else:
        return 0
    if area in ("000", "666") or area[0] == "9" or middle == "00" or serial == "0000":
        return 0
    return end if not announced or _SSN_WORDS.search(text, max(0, start - _FAR), start) else 0


_OF_CARDS: tuple[tuple[str, Callable[[_Row, int], int]], ...] = (("card", _card_end),)
_MEASURES = {
    1: (),
    2: (),
    3: (("ssn", _ssn_end),),
    9: (("card", _card_end), ("ssn", _ssn_end)),
}
"""What a number may be that begins with a group of so many digits; cards are the rule."""
