"""International bank account numbers: of a country's length, and with a checksum that fits."""

import re
from collections.abc import Iterator

from gemledger.redaction.finding import Finding

_BEGINNING = re.compile(r"[A-Za-z][A-Za-z]\d\d(?=[ -]?[A-Za-z0-9]{3})")
_LENGTHS = {
    country: int(length)
    for country, length in re.findall(
        r"([A-Z]{2})(\d\d)",
        "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29"
        " ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20"
        " LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29"
        " PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20"
        " YE30",
    )
}
"""Characters of an IBAN by country, from the SWIFT registry."""


def find(text: str) -> Iterator[Finding]:
    """Every IBAN in a text, in order."""
    taken = 0
    for match in _BEGINNING.finditer(text):
        start = match.start()
        length = _LENGTHS.get(text[start : start + 2].upper())
        if length is None or start < taken or (start and text[start - 1].isalnum()):
            continue
        end = _end(text, start, length)
        if end and not text[end : end + 1].isalnum() and _passes_mod_97(text[start:end]):
            taken = end
            yield Finding(start, end, "iban")


def _end(text: str, start: int, length: int) -> int:
    """Where so many letters and digits end, blanks and hyphens between them aside; 0 where there are fewer."""
    seen = 0
    for position in range(start, min(len(text), start + 2 * length)):
        seen += text[position] not in " -"
        if seen == length:
            return position + 1
    return 0


def _passes_mod_97(text: str) -> bool:
    """ISO 7064: country and check digits moved to the end, letters as 10 to 35: divided by 97 leaves 1."""
    compact = text.replace(" ", "").replace("-", "")
    if not (compact.isascii() and compact.isalnum()):
        return False
    return int("".join(str(int(each, 36)) for each in compact[4:] + compact[:4])) % 97 == 1
