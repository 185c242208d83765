"""One spelling for each value, so that the same phone number or address has the same hash however it was written."""

import ipaddress
import re
from collections.abc import Callable

_NO_DIGITS = re.compile(r"\D+")
_TRUNK_ZERO = re.compile(r"\(0\)")


def normal_form(kind: str, value: str) -> str:
    """The value as it is hashed. A kind without a rule is hashed as written: in a secret every character counts."""
    rule = _RULES.get(kind)
    return rule(value) if rule is not None else value


def _address(value: str) -> str:
    """Lower case: hosts do not tell cases apart, and next to no mail server does."""
    return value.replace("%40", "@").lower()


def _iban(value: str) -> str:
    """As it is printed on a card, without the blanks."""
    return value.replace(" ", "").replace("-", "").upper()


def _digits(value: str) -> str:
    """Its decimal digits, in ASCII."""
    digits = _NO_DIGITS.sub("", value)
    return digits if digits.isascii() else "".join(str(int(digit)) for digit in digits)


def _phone(value: str) -> str:
    """Digits; ``+`` in front of an international number, without the national zero some people write into it."""
    international = value.startswith(("+", "00"))
    digits = _digits(_TRUNK_ZERO.sub("", value) if international else value)
    return "+" + digits.removeprefix("00") if international else digits


def _ip_address(value: str) -> str:
    """Shortest spelling of an address; two of IPv6 may differ in zeros and case."""
    try:
        return str(ipaddress.ip_address(value))
    except ValueError:
        return value.lower()


def _token(value: str) -> str:
    """Without the word before it: the same token may stand alone elsewhere."""
    return value.rsplit(maxsplit=1)[-1]


_RULES: dict[str, Callable[[str], str]] = {
    "email": _address,
    "domain": _address,
    "iban": _iban,
    "card": _digits,
    "ssn": _digits,
    "phone": _phone,
    "ip_address": _ip_address,
    "bearer_token": _token,
}
