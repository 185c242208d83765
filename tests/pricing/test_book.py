"""The price book: what it finds, from when, and what it refuses to read."""

from datetime import UTC, datetime

import pytest

from gemledger.pricing import Book, BookError, Rates, model_id

NOVEMBER = 1_795_176_000_000_000_000
DECEMBER_1 = int(datetime(2026, 12, 1, tzinfo=UTC).timestamp()) * 10**9

GOOD = """
platform = "gemini_api"
version = "1"
[[model]]
id = "m"
[[model.rate]]
from = 2026-10-01
usd_per_million_tokens = { input = 0.075, cache_read = 0.01875, output = 0.30 }
source = "s"
read_on = 2026-10-14
confidence = "published"
"""


def found(book: Book, model: str, at_unix_nano: int = NOVEMBER) -> Rates | None:
    """Standard rates of a short prompt on the Gemini API."""
    return book.rates_for("gemini_api", model, "standard", False, at_unix_nano)


def test_dollars_per_million_tokens_become_whole_picodollars_per_token() -> None:
    """0.01875 USD per million is 18,750 pico: nothing is rounded, no float is involved."""
    rates = found(Book.parse({"b.toml": GOOD}), "m")

    assert rates is not None
    assert rates.pico_usd_per_token == {
        "input": 75_000,
        "cache_read": 18_750,
        "output": 300_000,
        "tool_use": 75_000,
        "thoughts": 300_000,
    }


@pytest.mark.parametrize(
    ("model", "before", "after"),
    [("gemini-4-argon", 2_000_000, 4_000_000), ("gemini-4-carbon", 2_000_000, 4_000_000)],
)
def test_a_new_price_holds_from_the_first_nanosecond_of_its_day_in_utc(
    book: Book, model: str, before: int, after: int
) -> None:
    """The instant of the call decides, to the nanosecond; the old price keeps holding for older calls."""
    last, first = found(book, model, DECEMBER_1 - 1), found(book, model, DECEMBER_1)

    assert last is not None
    assert first is not None
    assert (last.pico_usd_per_token["input"], first.pico_usd_per_token["input"]) == (before, after)
    assert first.row == f"gemini_api/{model}/standard/base/2026-12-01"


@pytest.mark.parametrize(
    "path",
    [
        "gemini-2.5-flash",
        "models/gemini-2.5-flash",
        "publishers/google/models/gemini-2.5-flash",
        "projects/p/locations/us-central1/publishers/google/models/gemini-2.5-flash",
    ],
)
def test_a_model_is_found_by_every_path_the_sdk_accepts(book: Book, path: str) -> None:
    """All of them name the same model."""
    assert model_id(path) == "gemini-2.5-flash"
    assert found(book, path) == found(book, "gemini-2.5-flash")


@pytest.mark.parametrize(
    "path",
    [
        "tunedModels/gemini-2.5-flash",
        "projects/p/locations/l/models/gemini-2.5-flash",
        "gemini-2.5-flash-tts",
    ],
)
def test_a_name_that_merely_contains_a_model_is_not_that_model(book: Book, path: str) -> None:
    """A tuned model or a sibling with a longer name never takes a base model's price."""
    assert found(book, path) is None
    assert not book.knows("gemini_api", path)


def test_both_platforms_have_every_model_with_both_cached_and_fresh_input(book: Book) -> None:
    """The models of the first book, on the Gemini API and on Vertex AI."""
    models = (
        "gemini-4-argon gemini-4-carbon gemini-4-hydrogen gemini-3.8-flash gemini-3.7-flash gemini-3.6-flash",
        "gemini-3.5-flash gemini-3.5-flash-lite gemini-3.1-pro-preview gemini-3.1-flash-lite gemini-3-flash-preview",
        "gemini-2.5-pro gemini-2.5-flash gemini-2.5-flash-lite gemini-pro-latest",
    )
    for platform in ("gemini_api", "vertex_ai"):
        for model in " ".join(models).split():
            rates = book.rates_for(platform, model, "standard", False, NOVEMBER)
            assert rates is not None, (platform, model)
            assert rates.source
            assert rates.read_on


def test_only_models_with_a_context_step_have_a_threshold(book: Book) -> None:
    """The two Pro models step at 200,000 prompt tokens; the others have one price for any length."""
    assert book.long_context_threshold("gemini_api", "models/gemini-2.5-pro", NOVEMBER) == 200_000
    assert book.long_context_threshold("gemini_api", "gemini-2.5-flash", NOVEMBER) is None
    assert book.rates_for("gemini_api", "gemini-2.5-flash", "standard", True, NOVEMBER) == found(
        book, "gemini-2.5-flash"
    )


@pytest.mark.parametrize(
    ("wrong", "right", "said"),
    [
        ("input = 0.075, ", "", "model 1 (m), rate 1: usd_per_million_tokens.input: missing"),
        (
            "output = 0.30",
            'output = "0.30"',
            "usd_per_million_tokens.output: '0.30' is not a number",
        ),
        ("output = 0.30", "output = -1", "usd_per_million_tokens.output: -1 is not a price"),
        ("output = 0.30", "output = 0.0000001", "has more than six decimals"),
        ("output = 0.30", "output = 0.30, voice = 1", "voice: unknown key; known are cache_read"),
        (
            "from = 2026-10-01",
            'from = "2026-10-01"',
            "from: '2026-10-01' is not a date; write it unquoted",
        ),
        (
            'confidence = "published"',
            'confidence = "sure"',
            "'sure' is not one of published, inferred",
        ),
        ('source = "s"', "", "rate 1: source: missing"),
        ('id = "m"', 'id = "m"\nprefix = "m"', "b.toml: model 1 (m): prefix: unknown key"),
        (
            'id = "m"',
            'id = "m"\nlong_context_above = 200_000',
            'exactly when it has rates of context "long"',
        ),
        ("[[model]]", "[[model", "b.toml: not TOML"),
    ],
)
def test_a_broken_book_is_refused_with_file_row_key_and_remedy(
    wrong: str, right: str, said: str
) -> None:
    """Whoever edits a book is told where and what, not that something is invalid."""
    assert wrong in GOOD
    with pytest.raises(BookError) as refused:
        Book.parse({"b.toml": GOOD.replace(wrong, right)})

    assert said in str(refused.value)
    assert str(refused.value).startswith("b.toml: ")


def test_two_rates_for_the_same_day_are_refused() -> None:
    """Which one would hold? Neither is guessed."""
    rate = GOOD[GOOD.index("[[model.rate]]") :]
    with pytest.raises(BookError, match="two rates for standard base global 2026-10-01; keep one"):
        Book.parse({"b.toml": GOOD + rate})


def test_an_id_given_twice_is_refused() -> None:
    """An alias must not hide another model."""
    model = GOOD[GOOD.index("[[model]]") :].replace('id = "m"', 'id = "n"\naliases = ["m"]')
    with pytest.raises(BookError, match="'m' is already taken"):
        Book.parse({"b.toml": GOOD + model})
