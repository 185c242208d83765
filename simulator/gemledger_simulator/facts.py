"""The fact table: what is true of a product that does not exist, and how to ask, say and deny it."""

import re
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact. Claims hold ``{value}``; ``right`` is true, each of ``wrong`` contradicts it."""

    id: str
    questions: tuple[str, ...]
    claims: tuple[str, ...]
    right: str
    wrong: tuple[str, ...]

    def claim(self, variant: int, value: str) -> str:
        """A sentence, without its full stop, that says the fact has ``value``."""
        return self.claims[variant % len(self.claims)].replace("{value}", value)


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence of the table found in a text: which fact it gives which value, and whether that is true."""

    sentence: str
    true: bool
    fact: str
    value: str


@cache
def table() -> tuple[Fact, ...]:
    """All facts."""
    text = files(__package__).joinpath("facts.toml").read_text(encoding="utf-8")
    return tuple(
        Fact(
            id=row["id"],
            questions=tuple(row["questions"]),
            claims=tuple(row["claims"]),
            right=row["right"],
            wrong=tuple(row["wrong"]),
        )
        for row in tomllib.loads(text)["fact"]
    )


def all_claims() -> Iterator[Claim]:
    """Every sentence the table can form."""
    for fact in table():
        for variant in range(len(fact.claims)):
            for value in (fact.right, *fact.wrong):
                yield Claim(fact.claim(variant, value), value == fact.right, fact.id, value)


@cache
def _spoken_claims() -> tuple[tuple[str, Claim], ...]:
    return tuple((plain(claim.sentence), claim) for claim in all_claims())


def claims_in(text: str) -> list[Claim]:
    """The claims that ``text`` makes, whatever its line breaks and capitals."""
    read = plain(text)
    return [claim for spoken, claim in _spoken_claims() if spoken in read]


def asked_literally(text: str) -> Fact | None:
    """The fact whose question, in the table's own words, stands in ``text``."""
    read = plain(text)
    return next((fact for spoken, fact in _spoken_questions() if spoken in read), None)


def asked_about(text: str) -> Fact | None:
    """The fact that ``text`` seems to ask about: a word of few facts tells more than one of many.

    None if nothing telling is in it, or too much else.
    """
    words = set(_WORD.findall(plain(text))) - _COMMON
    facts_by_word = _facts_by_word()
    scores: dict[str, float] = defaultdict(float)
    for word in sorted(words & facts_by_word.keys()):  # in one order: sums of floats depend on it
        for fact in facts_by_word[word]:
            scores[fact.id] += 1 / len(facts_by_word[word])
    best = max(table(), key=lambda fact: scores[fact.id])
    return best if scores[best.id] >= max(0.9, 0.3 * len(words)) else None


_WORD = re.compile(r"[a-z0-9]{3,}")
_COMMON = frozenset(
    _WORD.findall(
        "the and for you your can with how what when does are this that have from petrel long many much "
        "must may get our out not any which where will would please know thank thanks need"
    )
)


@cache
def _spoken_questions() -> tuple[tuple[str, Fact], ...]:
    return tuple((plain(question), fact) for fact in table() for question in fact.questions)


@cache
def _facts_by_word() -> dict[str, list[Fact]]:
    found: dict[str, list[Fact]] = defaultdict(list)
    for fact in table():
        for word in set(_WORD.findall(plain(" ".join([fact.id, *fact.questions])))) - _COMMON:
            found[word].append(fact)
    return found


def plain(text: str) -> str:
    """``text`` in lower case with single spaces, also where a JSON string holds its line breaks."""
    return " ".join(text.replace("\\n", " ").replace("\\u00b0", "°").casefold().split())
