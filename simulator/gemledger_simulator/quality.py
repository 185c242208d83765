"""How good answers are, read from the system instruction's own words: nothing else tells prompt versions apart.

An instruction that says to check facts gets few wrong answers, one that says to answer from memory or
quickly gets many; one that asks for friendliness gets few rude answers, one that forbids pleasantries many.
Where both kinds of words occur the worse wins. The rates are settings.
"""

from dataclasses import dataclass

from . import facts
from .settings import Settings

HASTY = (
    "from memory",
    "quickly",
    "as fast as",
    "don't look",
    "do not look",
    "first thing that comes",
)
CAREFUL = ("handbook", "check the", "verify", "do not guess", "don't guess", "only from", "look up")
BLUNT = (
    "no pleasantries",
    "skip the pleasantries",
    "skip greetings",
    "no greetings",
    "be blunt",
    "curt",
)
POLITE = ("friendly", "polite", "courteous", "warm", "kind", "thank the customer", "patient")


@dataclass(frozen=True, slots=True)
class Quality:
    """Shares of answers that are wrong and rude."""

    wrong_rate: float
    rude_rate: float


def quality(system_instruction: str, settings: Settings) -> Quality:
    """The quality of answers under this instruction."""
    read = facts.plain(system_instruction)

    def says(words: tuple[str, ...]) -> bool:
        return any(word in read for word in words)

    if says(HASTY):
        wrong_rate = settings.wrong_rate_hasty
    else:
        wrong_rate = settings.wrong_rate_careful if says(CAREFUL) else settings.wrong_rate_plain
    if says(BLUNT):
        rude_rate = settings.rude_rate_blunt
    else:
        rude_rate = settings.rude_rate_polite if says(POLITE) else settings.rude_rate_plain
    return Quality(wrong_rate=wrong_rate, rude_rate=rude_rate)
