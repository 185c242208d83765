"""Plausible text for everything that is not a question about the product: summaries, reviews, drafts."""

import random
import re
from dataclasses import dataclass

from . import draw
from .prompt import Prompt
from .tokens import text_tokens


@dataclass(frozen=True, slots=True)
class Genre:
    """A kind of text: what prompts ask for it, how it starts, its sentences, its usual length in tokens."""

    asked_by: re.Pattern[str]
    opening: str
    sentences: tuple[str, ...]
    typical_tokens: int


def _words(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


_GENRES = (
    Genre(
        _words(r"\b(classify|categori[sz]e|triage)\b"),
        "",
        ("billing", "delivery", "hardware", "account", "other"),
        1,
    ),
    Genre(
        _words(r"\b(review|diff|pull request|refactor|bug)\b"),
        "Review of {topic}:\n",
        (
            "- The early return in {role} leaves the lock held; move the release into a finally block.",
            "- The loop in {role} asks the database once per row. One query with a list of keys would do.",
            "- The name says what the type says already; name what it is for instead.",
            "- The test covers the happy path only; add one for an empty list.",
            "- Catching every exception here hides the timeout that {role} handles.",
            "- The default argument is shared between calls, so the second call sees the first one's items.",
            "- Good: the parsing is now apart from the reading, and can be tested alone.",
            "- The retry in {role} has no upper bound; give it a number of attempts and some jitter.",
            "- Consider an index on the column in the where clause before this ships.",
            "- The comment repeats the code; say why the order matters, or drop it.",
        ),
        520,
    ),
    Genre(
        _words(r"\b(summar\w+|report|minutes|digest)\b"),
        "Summary of {topic}.\n\n",
        (
            "Demand rose by {share} in {place} and stayed level elsewhere.",
            "Two suppliers of {thing} announced longer lead times for the coming quarter.",
            "Costs grew more slowly than revenue for the third month in a row.",
            "The team agreed to move the launch of {thing} to {day} and to keep its scope.",
            "Open points are the translation of the manual and the second test site.",
            "Complaints about delivery fell by {share} after the new carrier started in {place}.",
            "The largest risk named is a shortage of parts for {thing} in the winter.",
            "Returns were highest for orders placed on {day}, at {share}.",
            "Everybody asked for earlier figures; from now on they come on {day}.",
            "A decision on the second warehouse was put off until the numbers are complete.",
        ),
        380,
    ),
    Genre(
        _words(r"\b(search|passages?|documents?|sources?|cite)\b"),
        "From the passages given, about {topic}.\n",
        (
            "The setup guide describes it in the chapter on {thing} [1].",
            "The release notes of the spring mention the change and its reason [2].",
            "A forum entry from {place} reports the same behaviour and a way around it [3].",
            "The data sheet gives the limits and the conditions they were measured under [1].",
            "Two passages disagree on the date; the later one is signed by the maintainers [4].",
            "None of the passages says what happens after a change of the plan.",
            "The warranty terms name the exception in their second paragraph [5].",
            "The internal page adds that the value can be set by region [2].",
        ),
        240,
    ),
    Genre(
        _words(r"\b(e-?mail|newsletter|subject line|draft|slogan|campaign|post)\b"),
        "Subject: {topic}\n\n",
        (
            "The first warm evening of the year deserves better than a guess.",
            "Your garden knows what tomorrow brings; now you can, too.",
            "Until {day} {thing} comes at {share} off.",
            "We rebuilt the forecast from the ground up, and it starts with your roof.",
            "No tools, no cables, no appointment: it stands in ten minutes.",
            "Thousands of rain gauges report every minute, and yours may be one of them.",
            "Reply to this message and a person will answer.",
            "See you outside.",
        ),
        260,
    ),
)
_GENERAL = Genre(
    _words(""),
    "On {topic}.\n",
    (
        "It depends mostly on how often {thing} is used and by whom.",
        "A good first step is to measure it for a week before changing anything.",
        "There are two usual ways, and the simpler one is enough in most cases.",
        "In {place} the difference came to {share}.",
        "In practice people combine both and keep the settings at their defaults.",
        "What matters more is that the result can be checked afterwards.",
        "An example makes it clearer: start small, compare, and keep what works.",
        "It is worth writing down why a choice was made, for whoever comes next.",
    ),
    180,
)


def compose(prompt: Prompt, seed: int, most_tokens: int | None = None) -> str:
    """A text of the genre that the prompt asks for, of a length drawn around the usual one.

    ``most_tokens`` bounds it, but for the opening and one sentence.
    """
    asked = prompt.last_user_text
    genre = _genre_of(asked) or _genre_of(prompt.system) or _GENERAL
    length = draw.long_tailed(genre.typical_tokens, 1.5, seed, prompt.digest, "length")
    length = length if most_tokens is None else min(length, most_tokens)
    shuffled = random.Random(draw.digest(seed, prompt.digest, "order"))  # noqa: S311 - no secret
    text = genre.opening.replace("{topic}", topic(asked))
    sentences: list[str] = []
    while not sentences or text_tokens(text) < length:
        if not sentences:  # every sentence once before any comes again
            sentences = shuffled.sample(genre.sentences, len(genre.sentences))
        text += _with_details(sentences.pop(), shuffled)
    return text.rstrip()


def asks_for_text(asked: str) -> bool:
    """Whether a prompt asks for one of the kinds of text known here."""
    return _genre_of(asked) is not None


def _genre_of(text: str) -> Genre | None:
    return next((genre for genre in _GENRES if genre.asked_by.search(text)), None)


def _with_details(sentence: str, shuffled: random.Random) -> str:
    """A sentence with its blanks filled."""
    for blank, choices in _BLANKS.items():
        if blank in sentence:
            sentence = sentence.replace(blank, shuffled.choice(choices))
    return sentence + ("\n" if sentence.startswith("-") else " ")


def topic(asked: str) -> str:
    """A few words that say what a prompt is about: what it quotes, or its last line without the verb."""
    quoted = re.search(r'"([^"\n]{3,60})"', asked)
    if quoted:
        return quoted.group(1)
    lines = [line.strip(" .?!:") for line in asked.splitlines() if line.strip(" .?!:")]
    last = _ORDER.sub("", lines[-1]) if lines else ""
    return " ".join(last.split()[:8]) or "this"


_ORDER = re.compile(
    r"^(please|can you|could you|summari[sz]e|review|search for|find|draft|write|explain|\s)+\b",
    re.IGNORECASE,
)
_BLANKS = {
    "{share}": (
        "a tenth",
        "a quarter",
        "a third",
        "nearly half",
        "two percent",
        "five percent",
        "eight percent",
    ),
    "{day}": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday"),
    "{place}": (
        "the north",
        "the south",
        "the western region",
        "the coast",
        "the two new markets",
        "the mountains",
    ),
    "{thing}": (
        "the outdoor sensor",
        "the rain gauge",
        "the base station",
        "the wind sensor",
        "the app",
        "the importer",
    ),
    "{role}": (
        "the caller",
        "the scheduler",
        "the importer",
        "the request handler",
        "the background job",
    ),
}
