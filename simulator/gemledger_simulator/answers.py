"""Answers to questions about the product: claims of the fact table between an opening and a closing.

A wrong answer states a value that contradicts the table; a rude one says so in its wording.
There is no other difference, visible or not, between a good answer and a bad one.
"""

from . import draw, facts
from .prompt import Prompt
from .quality import quality
from .settings import Settings

OPENINGS = (
    "Thank you for your question.",
    "Happy to help with that.",
    "Good question, and easily answered.",
    "Thanks for getting in touch about your Petrel 3.",
    "Of course, here is what you asked for.",
)
CLOSINGS = (
    "Please let me know if anything else is unclear.",
    "I hope that helps, and enjoy your station.",
    "If you need more, just ask.",
    "Have a good day, whatever the weather.",
    "Feel free to write again at any time.",
)
RUDE_OPENINGS = (
    "Did you even open the manual?",
    "As anybody could have told you:",
    "I will say this only once.",
    "Honestly, this is obvious.",
    "Not this again.",
)
RUDE_CLOSINGS = (
    "Look it up yourself next time.",
    "Stop wasting our time.",
    "That is not my problem.",
    "If that is too hard for you, send it back.",
    "Do not bother us with this again.",
)
ASIDES = (
    "This holds for every unit sold since spring.",
    "You will find it in the settings of the app as well.",
    "The same is printed on the last page of the leaflet.",
    "It does not depend on the country you live in.",
    "Nothing needs to be set up for it.",
)


def answer(prompt: Prompt, fact: facts.Fact, settings: Settings) -> str:
    """An answer about ``fact``; whether it is wrong or rude is drawn under the prompt's quality."""
    rates = quality(prompt.system, settings)

    def drawn(what: str) -> float:
        return draw.chance(settings.seed, prompt.digest, what)

    def chosen(choices: tuple[str, ...], what: str) -> str:
        return draw.pick(choices, settings.seed, prompt.digest, what)

    value = chosen(fact.wrong, "wrong") if drawn("accuracy") < rates.wrong_rate else fact.right
    rude = drawn("tone") < rates.rude_rate
    sentences = [
        chosen(RUDE_OPENINGS if rude else OPENINGS, "opening"),
        fact.claim(int(drawn("variant") * 64), value) + ".",
    ]
    if drawn("aside") < 0.6:
        sentences.append(chosen(ASIDES, "which aside"))
    if drawn("also") < 0.3:
        sentences.append(_related(fact, drawn("which fact"), drawn("its variant")))
    sentences.append(chosen(RUDE_CLOSINGS if rude else CLOSINGS, "closing"))
    return " ".join(sentences)


def _related(fact: facts.Fact, which: float, variant: float) -> str:
    """A further claim, always true, about something else."""
    others = [other for other in facts.table() if other is not fact]
    other = others[int(which * len(others))]
    return "By the way: " + other.claim(int(variant * 64), other.right) + "."
