"""Where somebody or something is reached on the net: e-mail and IP addresses, the hosts of links.

Each search starts from a character that every such address has (``@``, ``:``, ``://``) and looks a bounded way to both
sides, so that no run of letters is read again and again.
"""

import ipaddress
import re
from collections.abc import Iterator

from gemledger.redaction.finding import Finding

_LABELS = r"(?:[\w-]{1,63}\.){1,32}(?:[^\W\d_]{2,24}|xn--[\w-]{2,59}+)(?![\w-])"
_AT = re.compile(r"@|%40")
_LOCAL_REVERSED = re.compile(r"[\w.%+'-]{1,320}+")
_LONGEST_LOCAL = 320
_DOMAIN = re.compile(_LABELS)
_LINK = re.compile(rf"(?:://(?:[^\s/\"'<>@]{{0,400}}@)?|\bwww\.)({_LABELS})")
_IP_V4 = re.compile(r"\d\d{0,2}\.\d{1,3}\.\d{1,3}\.\d{1,3}(?!\d|\.\d)")
_BEFORE_V4 = re.compile(r"(?:[\w.]|[Vv]ersion |VERSION )\Z")
_COLONS = re.compile(r":[0-9A-Fa-f]{0,4}:")
_IP_V6 = re.compile(
    r"[0-9A-Fa-f:]{2,39}+(?:(?<=:)\d{1,3}(?:\.\d{1,3}){3}|(?:\.\d{1,3}){3})?(?![\w:])"
)


def find(text: str) -> Iterator[Finding]:
    """Every address in a text; some may overlap."""
    if "@" in text or "%40" in text:
        yield from _emails(text)
    if "://" in text or "www." in text:
        for match in _LINK.finditer(text):
            yield Finding(match.start(1), match.end(1), "domain")
    if text.count(".") >= 3:
        yield from _ip_v4(text)
    if text.count(":") >= 2:
        yield from _ip_v6(text)


def _emails(text: str) -> Iterator[Finding]:
    for at in _AT.finditer(text):
        domain = _DOMAIN.match(text, at.end())
        if domain is None:
            continue
        before = text[max(0, at.start() - _LONGEST_LOCAL) : at.start()][::-1]
        local = _LOCAL_REVERSED.match(before)
        if local is None:
            continue
        name = local.group()[::-1].lstrip(".'%+-")
        if name:
            yield Finding(at.start() - len(name), domain.end(), "email")


def _ip_v4(text: str) -> Iterator[Finding]:
    for match in _IP_V4.finditer(text):
        numbers = match.group().split(".")
        if any(int(number) > 255 or number[0] == "0" != number for number in numbers):
            continue
        start = match.start()
        if not _BEFORE_V4.search(text[max(0, start - 8) : start]):
            yield Finding(start, match.end(), "ip_address")


def _ip_v6(text: str) -> Iterator[Finding]:
    end = 0
    for colons in _COLONS.finditer(text):
        if colons.start() < end:
            continue
        start = colons.start()
        while start > max(end, colons.start() - 4) and text[start - 1] in "0123456789abcdefABCDEF":
            start -= 1
        if start and (text[start - 1].isalnum() or text[start - 1] in "_:."):
            continue
        match = _IP_V6.match(text, start)
        if match and _is_ip_v6(match.group()):
            end = match.end()
            yield Finding(start, end, "ip_address")


def _is_ip_v6(text: str) -> bool:
    """Whether it is an address of somebody: not a time, not ``::1``, not the ``a::b`` of a programming language."""
    if "::" not in text and text.count(":") < 6:
        return False
    groups = [group for group in text.split(":") if group]
    if len(groups) < 2 or not any(character.isdigit() for character in text):
        return False
    if len(groups) == 2 and len(groups[0]) < 4:
        return False
    try:
        ipaddress.IPv6Address(text)
    except ValueError:
        return False
    return True
