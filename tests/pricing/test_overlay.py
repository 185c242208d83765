"""A user's own prices and terms: what wins over what, what is refused, and what a broken file does to an app."""

import logging
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gemledger.pricing.book import Book, Rates, book_from_environ, load_book, load_book_with_overlay
from gemledger.pricing.overlay import applied
from gemledger.pricing.rows import BookError

DOCUMENTATION = Path(__file__).parents[2] / "docs" / "prices.md"
EXAMPLES = re.findall(r"```toml\n(.*?)```", DOCUMENTATION.read_text(), re.DOTALL)


def at(day: str) -> int:
    """Midnight UTC of a day, in nanoseconds."""
    return int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp()) * 10**9


def overlaid(text: str) -> Book:
    """The built-in book under this overlay."""
    return applied(load_book(), text, "mine.toml")


def rates(
    book: Book, model: str, day: str, platform: str = "gemini_api", tier: str = "standard"
) -> Rates:
    """The rates of a short prompt."""
    found = book.rates_for(platform, model, tier, False, at(day))
    assert found is not None
    return found


def own(model: str, *rows: str, head: str = "") -> str:
    """An overlay of one model on the Gemini API."""
    every = "".join(f"[[model.rate]]\n{row}\n" for row in rows)
    return f'[[model]]\nplatform = "gemini_api"\nid = "{model}"\n{head}\n{every}'


def test_the_examples_of_the_documentation_work_together(tmp_path: Path) -> None:
    """What users copy is read, and does what the page says."""
    file = tmp_path / "prices.toml"
    file.write_text("\n".join(sorted(EXAMPLES, key=lambda text: "endpoints = " not in text)))
    book = load_book_with_overlay(file)

    assert len(EXAMPLES) == 4
    assert rates(book, "gemini-2.5-flash", "2026-11-20", "vertex_ai").pico_usd("input") == 262_500
    assert rates(book, "gemini-2.5-flash", "2026-11-20").pico_usd("input") == 300_000
    assert book.terms.included_units == {"grounding_query"}
    assert book.lists_endpoint("llm-proxy.example.com")
    assert not book.lists_endpoint("elsewhere.example.com")
    endpoint = "projects/acme/locations/europe-west4/endpoints/1234567890"
    assert rates(book, endpoint, "2026-11-20", "vertex_ai").pico_usd("thoughts") == 3_750_000
    flash = rates(book, "gemini-3.8-flash", "2026-11-20")
    assert (flash.pico_usd("input"), flash.pico_usd("output")) == (750_000, 3_000_000)
    assert flash.unit_pico_usd("grounding_query") == 10_000_000_000


def test_an_overlay_changes_the_cells_it_names_on_the_days_it_names() -> None:
    """Before, after and beside them the built-in book holds; a step of the book inside stays a step."""
    book = overlaid(
        own(
            "gemini-4-argon",
            "from = 2026-11-15\nuntil = 2026-12-15\nusd_per_million_tokens = { input = 1.5 }",
        )
    )
    days = ("2026-11-14", "2026-11-15", "2026-11-30", "2026-12-01", "2026-12-14", "2026-12-15")
    found = [rates(book, "gemini-4-argon", day) for day in days]

    assert [one.pico_usd("input") for one in found] == [
        2_000_000,
        1_500_000,
        1_500_000,
        1_500_000,
        1_500_000,
        4_000_000,
    ]
    assert [one.pico_usd("tool_use") for one in found][1] == 1_500_000
    assert [one.pico_usd("output") for one in found] == [10_000_000] * 3 + [20_000_000] * 3
    assert [one.row for one in found] == [
        "gemini_api/gemini-4-argon/standard/base/2026-10-13",
        *["overlay:gemini_api/gemini-4-argon/standard/base/2026-11-15"] * 2,
        *["overlay:gemini_api/gemini-4-argon/standard/base/2026-12-01"] * 2,
        "gemini_api/gemini-4-argon/standard/base/2026-12-15",
    ]
    flex = rates(book, "gemini-4-argon", "2026-11-20", tier="flex")
    assert flex == rates(load_book(), "gemini-4-argon", "2026-11-20", tier="flex")


def test_what_the_user_states_is_no_longer_inferred() -> None:
    """A contract is a better source than a guess; the cells beside it stay as sure as they were."""
    book = overlaid(
        own(
            "gemini-4-carbon",
            "from = 2026-11-10\nusd_per_million_tokens = { input = 1, output = 5 }",
        )
    )
    carbon = rates(book, "gemini-4-carbon", "2026-11-20")

    assert carbon.confidence == "published"
    assert carbon.inferred_cells == {"cache_read"}
    assert carbon.source.startswith("overlay mine.toml; other cells: posts of third parties")


def test_a_model_may_be_billed_by_the_other_way_of_counting() -> None:
    """Per prompt instead of per query: the unit of the layer below gives way."""
    book = overlaid(
        own("gemini-3.8-flash", "from = 2026-11-01\nusd_per_unit = { grounded_prompt = 0.02 }")
    )
    flash = rates(book, "gemini-3.8-flash", "2026-11-20")

    assert flash.unit_pico_usd("grounded_prompt") == 20_000_000_000
    assert flash.unit_pico_usd("grounding_query") is None
    assert flash.unit_pico_usd("maps_query") == 14_000_000_000


def test_an_own_model_with_an_alias_and_a_context_step_is_priced_like_any_other() -> None:
    """Only what the overlay says is known of it."""
    price = "usd_per_million_tokens = { input = 1, output = 2 }"
    dearer = 'context = "long"\nusd_per_million_tokens = { input = 3, output = 4 }'
    book = overlaid(
        own(
            "tuned",
            price,
            dearer,
            head='from = 2026-11-01\naliases = ["t"]\nlong_context_above = 1_000',
        )
    )

    assert book.long_context_threshold("gemini_api", "t", at("2026-11-20")) == 1_000
    long = book.rates_for("gemini_api", "t", "standard", True, at("2026-11-20"))
    assert long is not None
    assert long.row == "overlay:gemini_api/tuned/standard/long/2026-11-01"
    assert book.rates_for("gemini_api", "tuned", "flex", False, at("2026-11-20")) is None


@pytest.mark.parametrize(
    ("percent", "listed", "left"),
    [
        ("50", 750_000, 375_000),
        ("0", 750_000, 750_000),
        ("100", 750_000, 0),
        ("33.333333", 75_000, 50_000),  # 50,000.00025
        ("0.002", 75_000, 74_998),  # 74,998.5: half to the even neighbour
        ("0.006", 75_000, 74_996),  # 74,995.5: half to the even neighbour
    ],
)
def test_a_discount_is_rounded_once_half_to_even(percent: str, listed: int, left: int) -> None:
    """The rounded rate is the rate: every call of the month is priced by the same integer."""
    cell = {750_000: "input", 75_000: "cache_read"}[listed]
    book = overlaid(f"[[discount]]\npercent = {percent}\nfrom = 2026-11-01")
    flash = rates(book, "gemini-3.8-flash", "2026-11-20")

    assert rates(load_book(), "gemini-3.8-flash", "2026-11-20").pico_usd(cell) == listed
    assert flash.pico_usd(cell) == left
    assert flash.row == "overlay:gemini_api/gemini-3.8-flash/standard/base/2026-11-01"
    assert flash.source.endswith("% off by overlay")


def test_a_discount_is_for_its_models_and_days_and_for_fees_and_tiers_too() -> None:
    """Beside them list prices hold; the user's own rates are not discounted again."""
    book = overlaid(
        '[[discount]]\npercent = 10\nmodels = ["gemini-flash-latest"]\nfrom = 2026-11-01\nuntil = 2027-02-01\n'
        + own("gemini-3.8-flash", "from = 2026-11-01\nusd_per_million_tokens = { output = 3 }")
    )
    before, during, step, after = (
        rates(book, "gemini-3.8-flash", day)
        for day in ("2026-10-31", "2026-11-01", "2027-01-01", "2027-02-01")
    )

    assert [one.pico_usd("input") for one in (before, during, step, after)] == [
        750_000,
        675_000,
        1_350_000,
        1_500_000,
    ]
    assert [one.pico_usd("output") for one in (before, during, step)] == [
        3_750_000,
        3_000_000,
        3_000_000,
    ]
    assert during.unit_pico_usd("grounding_query") == 12_600_000_000
    assert rates(book, "gemini-3.8-flash", "2026-11-20", tier="flex").pico_usd("input") == 337_500
    assert rates(book, "gemini-2.5-pro", "2026-11-20") == rates(
        load_book(), "gemini-2.5-pro", "2026-11-20"
    )


def test_the_version_of_the_book_carries_the_digest_of_the_overlay() -> None:
    """Which prices made a bill can be told later; another overlay is another version."""
    one, other = overlaid('endpoints = ["a"]'), overlaid('endpoints = ["b"]')

    assert re.fullmatch(r"2026-11-21\.1\+overlay\.[0-9a-f]{8}", one.version)
    assert one.version != other.version
    assert overlaid('endpoints = ["a"]').version == one.version


def test_a_broken_overlay_in_an_app_is_one_warning_and_the_built_in_book(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The host comes first: a typing error in a price file stops nobody's service."""
    file = tmp_path / "prices.toml"
    file.write_text("[terms]\nbilling = 1\n")
    with caplog.at_level(logging.WARNING, "gemledger"):
        books = [book_from_environ({"GEMLEDGER_PRICE_OVERLAY": str(file)}) for _ in range(3)]

    assert all(book is load_book() for book in books)
    assert [record.getMessage() for record in caplog.records] == [
        (
            f"GEMLEDGER_PRICE_OVERLAY: {file}:2: terms: billing: 1 is not one of paid, free; "
            "the built-in price book stays in force"
        )
    ]


def test_an_overlay_that_is_not_there_or_not_text_is_named(tmp_path: Path) -> None:
    """A wrong path is the commonest mistake."""
    binary = tmp_path / "binary.toml"
    binary.write_bytes(b"\xff\xfe\x00")
    for path, said in (
        (tmp_path / "missing.toml", "missing.toml: cannot be read (No such file or directory)"),
        (tmp_path, "cannot be read (Is a directory)"),
        (binary, "is not UTF-8 text"),
    ):
        with pytest.raises(BookError, match=re.escape(said)):
            load_book_with_overlay(path)


def test_without_the_variable_an_app_prices_with_the_built_in_book(tmp_path: Path) -> None:
    """An empty variable is none; a good file is used."""
    file = tmp_path / "prices.toml"
    file.write_text('[terms]\nbilling = "free"\n')

    assert book_from_environ({}) is load_book()
    assert book_from_environ({"GEMLEDGER_PRICE_OVERLAY": " "}) is load_book()
    assert book_from_environ({"GEMLEDGER_PRICE_OVERLAY": str(file)}).terms.billing == "free"
