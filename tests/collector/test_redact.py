"""The collector redacts what apps send in the clear, and leaves alone what they have redacted."""

import json

import pytest

from gemledger.content import input_messages
from gemledger.redaction import Redactor
from gemledger_collector.processors.redact import redacted

KEY = Redactor(b"0123456789abcdef")
MAIL = "ann@example.com"


def test_in_json_each_text_is_redacted_by_itself() -> None:
    """An escaped line break before an address is no letter of it: the hash is that of the app."""
    text = json.dumps([{"role": "user", "parts": [{"type": "text", "content": f"To:\n{MAIL}"}]}])
    (message,) = json.loads(redacted(text, KEY))

    assert message["parts"][0]["content"] == f"To:\n{KEY(MAIL)}"


def test_numbers_and_names_of_arguments_are_redacted_too() -> None:
    """A card may be a number, and an address a key."""
    text = json.dumps([{"arguments": {MAIL: [4111111111111111, 12, True, None, 1.5]}}])

    assert json.loads(redacted(text, Redactor())) == [
        {"arguments": {"[email]": ["[card]", 12, True, None, 1.5]}}
    ]


@pytest.mark.parametrize(
    "text",
    [
        f"plain words to {MAIL}",
        f'[{{"role": "user", "content": "cut off after {MAIL}',
        f"[{MAIL}] in brackets",
        f'"{MAIL}"',
        "[" * 100_000 + MAIL,
    ],
    ids=["words", "cut", "brackets", "string", "deep"],
)
def test_what_is_no_json_is_redacted_as_a_whole(text: str) -> None:
    """Other instrumentations write what they like, and exporters cut where they like."""
    assert redacted(text, Redactor()) == text.replace(MAIL, "[email]")


def test_what_an_app_has_redacted_stays_to_the_letter() -> None:
    """With its key or without one, by a collector with the same key, another one or none."""
    for app in (KEY, Redactor()):
        written = input_messages(f"{MAIL}, 4111 1111 1111 1111, +49 30 901820", 1_000, app)
        for collector in (KEY, Redactor(), Redactor(b"another key, 16 B")):
            assert redacted(written, collector) == written
