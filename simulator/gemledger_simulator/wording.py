"""The words of the traffic: system instructions, and what users write."""

import random

from . import facts


def _handbook() -> str:
    lines = [f"- {fact.claim(0, fact.right)}." for fact in facts.table()]
    return "Handbook of the Petrel 3:\n" + "\n".join(lines)


SUPPORT_V7 = (
    "You answer customers of Skerry Instruments about the weather station Petrel 3. Be friendly and patient, and "
    "thank the customer. Check the handbook below before you answer, say only what it says, and do not guess.\n\n"
    + _handbook()
)
SUPPORT_V8 = (
    "You answer customers of Skerry Instruments about the weather station Petrel 3. Answer quickly from memory, "
    "in a few sentences. Skip the pleasantries."
)
SUPPORT_V9 = (
    "You answer customers of Skerry Instruments about the weather station Petrel 3. Be friendly and thank the "
    "customer. Answer quickly, from memory."
)
TRIAGE = "Classify each ticket as one of: billing, delivery, hardware, account, other. Answer with that one word."
_DOCUMENTS = """\
Setup guide: before pairing, put fresh cells into the outdoor unit and wait for the green light; hold \
both buttons until the base beeps, then let go and wait for the first reading to show. If nothing happens \
after two minutes, start again with the units side by side on a table.
Release notes: the importer now reads files with a byte order mark, the wind rose is drawn in the units \
of the account, and a reading that arrives late no longer moves the daily minimum. Known issue: the \
export of a leap day needs the new app.
Forum digest: several owners report better reception after turning the base by a quarter; others moved it \
away from the router. A moderator adds that metal roofs halve the range, and that a second base in the \
attic is the usual remedy.
Internal page: values by region are kept in the settings service and are read once an hour; a change is \
visible after the next sync. Ask the owner of the page before you change a value that bills.
"""
# Five editions of each: a prefix of some 1,300 tokens that all searches share, and that is soon cached.
_PASSAGES = "\n".join(
    f"[{n}] {text}" for n, text in enumerate(_DOCUMENTS.splitlines() * 5, start=1)
)
SEARCH_V3 = (
    "You search the documents below and answer from these passages only, with the numbers of the sources you used.\n\n"
    + _PASSAGES
)
SEARCH_V4 = (
    "Search the passages below. Answer in two sentences, cite each source by number, and say so if there is none.\n\n"
    + _PASSAGES
)
DRAFTS = "You write e-mail for Skerry Instruments: warm, concrete, no more than 200 words, one call to action."
DRAFTS_SHORT = (
    "You write short e-mail for Skerry Instruments. A subject line and at most five sentences."
)
REVIEW = "You review pull requests. Name the file, the problem and the remedy; praise what deserves it; skip style."
RELEASE_NOTES = "You turn a list of merged changes into release notes that customers understand."
REPORTS = "You summarize weekly reports for people who have two minutes. Numbers first, then causes, then open points."

_GREETINGS = ("Hello,", "Hi,", "Good morning,", "Good evening,", "Hey there,", "Dear support,", "")
_NAMES = (
    "Amara", "Bjorn", "Chiara", "Dmitri", "Elif", "Farid", "Greta", "Hiro", "Ines", "Jonas", "Keiko", "Luca",
    "Mei", "Noor", "Oskar", "Priya", "Quentin", "Rosa", "Sven", "Tala", "Uma", "Viktor", "Wanda", "Yara", "Zoe",
)  # fmt: skip
_CONTEXTS = (
    "I bought a Petrel 3 last week, order {order}.",
    "My order is {order}.",
    "My neighbour recommended the station to me.",
    "I have had the station for {months} months, order {order}.",
    "We use {count} of your stations at our school.",
    "I am about to order, basket {order}.",
)
_TICKETS = (
    "I was charged twice for {order}, please give one payment back.",
    "The parcel {order} has not moved for {count} days.",
    "The display stays dark since {months} months after the purchase of {order}.",
    "I cannot sign in any more, the app says error {count}.",
    "Please change the address of {order} before it leaves.",
    "The rain gauge in {order} has a crack.",
    "Who do I write to about a cooperation with {count} shops?",
)
_SEARCHES = (
    "Why does the reading jump after midnight at site {count}?",
    "Where is the value for region {count} set?",
    "How do I export the readings of {months} months?",
    "Reception is poor behind a metal roof, station {order}. What helps?",
    "Which release fixed the wind rose of account {order}?",
)
_CAMPAIGNS = (
    'Draft an e-mail: "{months} months of weather" for the owners of {count} stations.',
    'Draft a newsletter about "a garden that knows" for list {order}.',
    'Write a subject line and a text: "second sensor at half the price", campaign {order}.',
)
_CHANGES = (
    "Review pull request {order}: retry the upload with backoff, {count} files changed.",
    "Review the diff {order}: move the parser out of the request handler.",
    "Review pull request {order}: fix a bug in the time zone of daily minima, {count} lines.",
)
_RELEASES = (
    "Turn these {count} merged changes into release notes for version {months}.{count}, build {order}.",
)
_REPORTS = (
    "Summarize the weekly report of region {count}, file {order}.",
    "Summarize the sales report of the last {months} months, file {order}.",
)


def support_question(rng: random.Random) -> str:
    """A customer's message with one question of the fact table in it."""
    fact = rng.choice(facts.table())
    greeting = f"{rng.choice(_GREETINGS)} this is {rng.choice(_NAMES)}.".strip()
    context = _filled(rng, _CONTEXTS)
    return f"{greeting[0].upper()}{greeting[1:]} {context} {rng.choice(fact.questions)}"


def ticket(rng: random.Random) -> str:
    """A ticket to classify."""
    return "Classify this ticket: " + _filled(rng, _TICKETS)


def search_question(rng: random.Random) -> str:
    """A question to the documents."""
    return _filled(rng, _SEARCHES)


def campaign(rng: random.Random) -> str:
    """An order for an e-mail."""
    return _filled(rng, _CAMPAIGNS)


def pull_request(rng: random.Random) -> str:
    """A change to review; its diff is described by the call's usage only."""
    return _filled(rng, _CHANGES)


def release(rng: random.Random) -> str:
    """A release to describe."""
    return _filled(rng, _RELEASES)


def report(rng: random.Random) -> str:
    """A report to summarize; its text is described by the call's usage only."""
    return _filled(rng, _REPORTS)


def _filled(rng: random.Random, templates: tuple[str, ...]) -> str:
    blanks = {
        "order": f"SK-{rng.randrange(10**6):06}",
        "months": rng.randint(2, 30),
        "count": rng.randint(2, 90),
    }
    return rng.choice(templates).format(**blanks)
