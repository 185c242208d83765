"""What the book's keeper is told, and when: the day is an argument."""

from datetime import date

import pytest

from gemledger.pricing.book import Book, load_book
from gemledger.pricing.overlay import applied
from gemledger.pricing.quoted import per, usd
from gemledger.pricing.upkeep import Finding, findings


def found(book: Book, day: str, kind: str) -> list[Finding]:
    """The findings of one kind on a day."""
    return [one for one in findings(book.models(), date.fromisoformat(day)) if one.kind == kind]


def own(text: str) -> Book:
    """A book of one own model beside the built-in ones."""
    model = f'[[model]]\nplatform = "gemini_api"\nid = "mine"\n{text}'
    return applied(load_book(), model, "mine.toml")


PRICE = "usd_per_million_tokens = { input = 1, output = 2 }\n"


def test_nothing_needs_attention_on_the_day_the_book_was_made(book: Book) -> None:
    """Its readings are fresh, and every price that ends has a next one."""
    assert not [one for one in findings(book.models(), date(2026, 11, 21)) if one.needs_attention]


def test_a_reading_is_stale_after_forty_five_days(book: Book) -> None:
    """Page by page, with the number of models that rest on it; rows of the past are not read again."""
    assert found(book, "2026-11-28", "stale") == []
    stale = found(book, "2026-11-29", "stale")

    assert {one.day for one in stale} == {"2026-10-14"}
    assert any(one.subject.startswith("https://ai.google.dev") for one in stale)
    assert all("read 46 days ago" in one.text and one.needs_attention for one in stale)
    assert "2026-08-08" not in {one.day for one in found(book, "2027-06-01", "stale")}


def test_a_change_with_a_next_price_is_announced_fourteen_days_ahead(book: Book) -> None:
    """What it was and what it will be; nobody has to do anything."""
    assert found(book, "2026-11-16", "changes") == []
    changes = {one.subject: one for one in found(book, "2026-11-17", "changes")}

    argon = changes["gemini_api/gemini-4-argon standard base global"]
    assert argon.day == "2026-12-01"
    assert argon.text == "input 2.00 to 4.00, cache_read 0.10 to 0.20, output 10.00 to 20.00"
    assert not argon.needs_attention
    assert found(book, "2026-12-01", "changes") == []


def test_a_cell_that_the_next_price_does_not_state_needs_attention(book: Book) -> None:
    """The cached rate of the speech models is known until the new year only."""
    ends = found(book, "2026-12-20", "cell ends")

    assert ends
    assert {one.day for one in ends} == {"2027-01-01"}
    assert all("-tts" in one.subject and one.text == "no next price for cache_read" for one in ends)


def test_a_model_about_to_end_needs_attention() -> None:
    """From then on its calls are unpriced."""
    book = own(f"from = 2026-11-01\nuntil = 2026-12-01\n[[model.rate]]\n{PRICE}")

    assert found(book, "2026-11-16", "model ends") == []
    (end,) = found(book, "2026-11-17", "model ends")
    assert (end.subject, end.day, end.needs_attention) == ("gemini_api/mine", "2026-12-01", True)
    assert found(book, "2026-12-01", "model ends") == []


def test_a_rate_about_to_end_without_a_next_one_needs_attention() -> None:
    """One tier of a model that goes on."""
    book = own(
        f"from = 2026-11-01\n[[model.rate]]\n{PRICE}[[model.rate]]\n"
        f'tier = "flex"\nuntil = 2026-12-01\n{PRICE}'
    )
    (end,) = found(book, "2026-11-20", "rate ends")

    assert end.subject == "gemini_api/mine flex base global"
    assert end.text == "no next rate: calls will be unpriced"


@pytest.mark.parametrize(
    ("thing", "pico", "quoted", "unit"),
    [
        ("input", 18_750, "0.01875", "million tokens"),
        ("output", 10_000_000, "10.00", "million tokens"),
        ("input", 0, "0.00", "million tokens"),
        ("token_hour", 4_500_000, "4.50", "million token hours"),
        ("grounding_query", 14_000_000_000, "0.014", "grounding query"),
        ("video_second.4k", 600_000_000_000, "0.60", "second of video"),
        ("image", 1, "0.000000000001", "image"),
    ],
)
def test_prices_are_quoted_as_pages_state_them(
    thing: str, pico: int, quoted: str, unit: str
) -> None:
    """Exact, two decimals at least, no trailing noise."""
    assert (usd(thing, pico), per(thing)) == (quoted, unit)
