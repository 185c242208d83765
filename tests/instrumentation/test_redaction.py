"""Redaction: secrets and structured personal data, and nothing that merely looks like them."""

import time

import pytest

from gemledger.redaction import redact


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("write to ann.smith+news@mail.example.co.uk!", "write to [email]!"),
        ("card 4111 1111 1111 1111 please", "card [card] please"),
        ("5500-0000-0000-0004", "[card]"),
        ("pay to DE89 3704 0044 0532 0130 00 today", "pay to [iban] today"),
        ("GB29NWBK60161331926819", "[iban]"),
        ("ssn 123-45-6789.", "ssn [ssn]."),
        ("call +49 30 901820 or (555) 010-9999", "call [phone] or [phone]"),
        ("555-010-9999", "[phone]"),
        ("from 192.168.10.255 to 10.0.0.1", "from [ip_address] to [ip_address]"),
        ("key AIzaSyA1234567890abcdefghijklmnopqrstuv", "key [api_key]"),
        ("AKIAIOSFODNN7EXAMPLE", "[api_key]"),
        ("sk-proj-abcdefghijklmnopqrstuvwxyz", "[api_key]"),
        ("ghp_abcdefghijklmnopqrstuvwxyz0123456789", "[api_key]"),
        ("Authorization: Bearer abcdefghijklmnop.qrst", "Authorization: [bearer_token]"),
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N", "[jwt]"),
        (
            "-----BEGIN RSA PRIVATE KEY-----\nMIIE\nabc\n-----END RSA PRIVATE KEY-----",
            "[private_key]",
        ),
    ],
)
def test_secrets_and_personal_data_become_their_kind(text: str, clean: str) -> None:
    """The kind stays, so that a reader knows what was said."""
    assert redact(text) == clean


@pytest.mark.parametrize(
    "text",
    [
        "order 4111 1111 1111 1112",  # fails the Luhn check
        "version 1.2.3.4567",
        "2026-11-20 and 12:30",
        "000-12-3456",
        "about 1,234,567.89 dollars",
        "user@localhost",
        "gemini-2.5-flash answered in 350 ms",
    ],
)
def test_what_merely_looks_like_it_stays(text: str) -> None:
    """A redaction that eats order numbers and versions is switched off by its users."""
    assert redact(text) == text


@pytest.mark.parametrize(
    "unit",
    [
        "a",
        "1 ",
        "1-",
        "a@",
        "a.",
        "+1 ",
        "eyJ",
        "-----BEGIN ",
        "DE89 ",
        "1.",
        "sk-",
        "(1) ",
        "A1 b@c. ",
    ],
)
def test_no_input_takes_long(unit: str) -> None:
    """100 KB of anything is done in well under a second: a prompt must not become a denial of service."""
    text = (unit * 100_000)[:100_000]
    before = time.process_time()
    redact(text)

    assert time.process_time() - before < 1
