"""Secrets and structured personal data out of text. Pure; one pass of one expression; linear in the text's length.

Each match becomes ``[kind]``, such as ``[email]``. Cards must pass the Luhn check, so that order numbers survive.
"""

import re

_KINDS = {
    "private_key": r"-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[^-]{0,8192}(?:-----END [A-Z ]{0,40}PRIVATE KEY-----)?",
    "jwt": r"\beyJ[\w-]{8,2048}\.[\w-]{8,4096}\.[\w-]{8,2048}",
    "bearer_token": r"\b[Bb]earer\s{1,4}[\w.~+/=-]{16,2048}",
    "api_key": (
        r"\b(?:AIza[\w-]{35}|(?:AKIA|ASIA)[A-Z0-9]{16}|sk-[\w-]{20,200}|gh[pousr]_\w{36,255}"
        r"|github_pat_\w{22,255}|xox[abprs]-[\w-]{10,200}|glpat-[\w-]{20,200}|ya29\.[\w-]{20,500})"
    ),
    "email": r"\b[\w.%+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}\b",
    "iban": r"\b[A-Z]{2}\d{2}(?:[ ]?[A-Z0-9]{4}){2,7}(?:[ ]?[A-Z0-9]{1,3})?\b",
    "ssn": r"(?<![\w-])(?!000|666|9\d\d)\d{3}-(?!00)\d{2}-(?!0000)\d{4}(?![\w-])",
    "card": r"(?<![\w.-])\d(?:[ -]?\d){12,18}(?![\w-])",
    "ip_address": r"(?<![\w.])(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?![\w.]*\d)",
    "phone": (
        r"(?<![\w.-])(?:\+\d{1,3}[ .-]?(?:\(?\d{1,4}\)?[ .-]?){2,5}\d{2,4}"
        r"|\(\d{3}\)[ .-]?\d{3}[ .-]\d{4}|\d{3}[ .-]\d{3}[ .-]\d{4})(?![\w-])"
    ),
}
_PATTERN = re.compile("|".join(f"(?P<{kind}>{pattern})" for kind, pattern in _KINDS.items()))


def redact(text: str) -> str:
    """The text with each secret or personal datum replaced by its kind in brackets."""
    return _PATTERN.sub(_replacement, text)


def _replacement(match: re.Match[str]) -> str:
    """What stands in place of a match."""
    kind = match.lastgroup or ""
    if kind == "card" and not _is_card(match.group()):
        return match.group()
    return f"[{kind}]"


def _is_card(text: str) -> bool:
    """Luhn: doubled every second digit from the right, the digit sums of all end in 0."""
    digits = [int(character) for character in reversed(text) if character.isdecimal()]
    doubled = (sum(divmod(2 * digit, 10)) for digit in digits[1::2])
    return (sum(digits[0::2]) + sum(doubled)) % 10 == 0
