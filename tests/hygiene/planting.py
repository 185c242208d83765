"""Secrets and personal data that exist nowhere else: made when a test runs, each value once, known by its place."""

import base64
import json
import random
import string
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

LETTERS = string.ascii_lowercase
ALNUM = string.ascii_letters + string.digits
HEX = string.hexdigits[:16]


@dataclass(frozen=True, slots=True)
class Planted:
    """One value: where it was put, of which kind, what stands in the text, and what betrays it wherever it is found."""

    place: str
    kind: str
    text: str
    needle: str

    @property
    def needles(self) -> frozenset[bytes]:
        """The value as it is and as base64 has it, whatever stands before it."""
        raw = self.needle.encode()
        forms = {raw, raw.replace(b" ", b"")}
        for shift in range(3):
            encoded = base64.b64encode(b"\0" * shift + raw)
            forms.add(encoded[4 if shift else 0 :].rstrip(b"=")[:-2])
        return frozenset(forms)


class Maker:
    """Values by kind, out of one source of chance."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance

    def word(self, length: int, letters: str = LETTERS) -> str:
        """Letters."""
        return "".join(self.chance.choices(letters, k=length))

    def token(self, length: int) -> str:
        """Letters and digits, both for certain."""
        return f"{self.word(length - 4, ALNUM)}7{self.word(3)}"

    def email(self) -> tuple[str, str]:
        """An address."""
        found = f"{self.word(9)}.{self.word(8)}@{self.word(10)}-mail.com"
        return f"write to {found}", found

    def phone(self) -> tuple[str, str]:
        """A number in Berlin."""
        found = f"+49 30 {self.chance.randint(10**7, 10**8 - 1)}"
        return f"call {found}", found

    def card(self) -> tuple[str, str]:
        """Sixteen digits that pass Luhn's check."""
        digits = [4, *(self.chance.randint(0, 9) for _ in range(14))]
        doubled = [
            digit if place % 2 else (digit * 2 - 9 if digit > 4 else digit * 2)
            for place, digit in enumerate(digits)
        ]
        number = "".join(map(str, [*digits, -sum(doubled) % 10]))
        found = " ".join(number[at : at + 4] for at in range(0, 16, 4))
        return f"card {found}", found

    def iban(self) -> tuple[str, str]:
        """A German account with a checksum that fits."""
        account = self.word(18, string.digits)
        check = 98 - int(f"{account}131400") % 97
        found = f"DE{check:02}{account}"
        return f"to {found}", found

    def ssn(self) -> tuple[str, str]:
        """A social security number."""
        found = f"{self.chance.randint(101, 599)}-{self.chance.randint(11, 99)}-{self.chance.randint(1001, 9999)}"
        return f"SSN {found}", found

    def ip_v4(self) -> tuple[str, str]:
        """An address of the net."""
        found = ".".join(str(self.chance.randint(101, 249)) for _ in range(4))
        return f"from {found}", found

    def ip_v6(self) -> tuple[str, str]:
        """A longer one."""
        found = (
            f"2001:db8:{self.word(4, HEX[1:9])}:{self.word(4, HEX[1:9])}::{self.word(4, HEX[1:9])}"
        )
        return f"or {found}", found

    def domain(self) -> tuple[str, str]:
        """A host of an intranet."""
        found = f"{self.word(8)}.{self.word(9)}.org"
        return f"see https://{found}/wiki", found

    def api_key(self, form: str) -> tuple[str, str]:
        """A vendor's key; each ``*`` of the form is a character."""
        stars = form.count("*")
        found = form.replace("*" * stars, self.token(stars))
        return f"key {found}", found

    def upper_key(self) -> tuple[str, str]:
        """Amazon's."""
        found = f"AKIA{self.word(16, string.ascii_uppercase + '234567')}"
        return f"aws {found}", found

    def bearer_token(self) -> tuple[str, str]:
        """A header."""
        found = self.token(32)
        return f"Authorization: Bearer {found}", found

    def jwt(self) -> tuple[str, str]:
        """Three parts, the first of them JSON."""
        head, body = (
            base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")
            for part in ({"alg": "HS256"}, {"sub": self.word(12)})
        )
        signature = self.token(40)
        return f"jwt {head}.{body}.{signature}", signature

    def credentials(self) -> tuple[str, str]:
        """A password in an address."""
        found = self.token(18)
        return f"at amqp://{self.word(5)}:{found}@queue:5672", found

    def private_key(self) -> tuple[str, str]:
        """A key between its two lines."""
        lines = [self.token(64) for _ in range(2)]
        dashes = "-" * 5
        body = "\n".join(lines)
        return f"{dashes}BEGIN PRIVATE KEY{dashes}\n{body}\n{dashes}END PRIVATE KEY{dashes}", lines[
            0
        ]


VENDORS = {
    "google": "AIza" + "*" * 35,
    "openai": "sk-proj-" + "*" * 40,
    "github": "ghp_" + "*" * 36,
    "gitlab": "glpat-" + "*" * 20,
    "slack": "xoxb-" + "*" * 30,
    "stripe": "sk_live_" + "*" * 24,
    "hugging face": "hf_" + "*" * 34,
    "npm": "npm_" + "*" * 36,
}
KINDS: dict[str, Callable[[Maker], tuple[str, str]]] = {
    "email": Maker.email,
    "phone": Maker.phone,
    "card": Maker.card,
    "iban": Maker.iban,
    "ssn": Maker.ssn,
    "ip_address": Maker.ip_v4,
    "ip_address v6": Maker.ip_v6,
    "domain": Maker.domain,
    "api_key aws": Maker.upper_key,
    **{
        f"api_key {vendor}": lambda maker, form=form: maker.api_key(form)  # type: ignore[misc]
        for vendor, form in VENDORS.items()
    },
    "bearer_token": Maker.bearer_token,
    "jwt": Maker.jwt,
    "credentials": Maker.credentials,
    "private_key": Maker.private_key,
}
HOSTS = frozenset({"ip_address", "ip_address v6", "domain"})
"""What stays in attributes of other instrumentations: a trace is read to see what talked to what."""
ONE_LINE = frozenset(KINDS) - {"private_key"}


@dataclass
class Garden:
    """All that was planted."""

    maker: Maker = field(default_factory=lambda: Maker(random.Random()))
    planted: list[Planted] = field(default_factory=list)

    def text(self, place: str, kinds: Iterable[str] = KINDS) -> str:
        """A text with one value of each kind, none of them anywhere else."""
        return ", ".join(self.one(place, kind) for kind in KINDS if kind in kinds)

    def one(self, place: str, kind: str) -> str:
        """A text with one value."""
        text, needle = KINDS[kind](self.maker)
        self.planted.append(Planted(place, kind, text, needle))
        return text

    def value(self, place: str, kind: str) -> str:
        """One value without a word around it."""
        self.one(place, kind)
        return self.planted[-1].needle

    @property
    def places(self) -> list[str]:
        """Every place, once."""
        return list(dict.fromkeys(each.place for each in self.planted))
