"""The price book: what it finds, from when, and what it refuses to read."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from support.books import GOOD

import gemledger.pricing
from gemledger.pricing import built
from gemledger.pricing.book import Book, Rates, load_book, model_id
from gemledger.pricing.rates import rates_of
from gemledger.pricing.reading import read_book

NOVEMBER = 1_795_176_000_000_000_000
DECEMBER_1 = int(datetime(2026, 12, 1, tzinfo=UTC).timestamp()) * 10**9


def unix_nano(moment: datetime) -> int:
    """Nanoseconds since the epoch."""
    return int(moment.timestamp()) * 10**9


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


def test_only_models_with_a_context_step_have_a_threshold(book: Book) -> None:
    """The two Pro models step at 200,000 prompt tokens; the others have one price for any length."""
    assert book.long_context_threshold("gemini_api", "models/gemini-2.5-pro", NOVEMBER) == 200_000
    assert book.long_context_threshold("gemini_api", "gemini-2.5-flash", NOVEMBER) is None
    assert book.rates_for("gemini_api", "gemini-2.5-flash", "standard", True, NOVEMBER) == found(
        book, "gemini-2.5-flash"
    )


def test_a_retired_model_has_no_price_from_the_day_it_ended(book: Book) -> None:
    """Calls of its time keep theirs."""
    end = unix_nano(datetime(2026, 6, 1, tzinfo=UTC))

    assert found(book, "gemini-2.0-flash", end) is None
    before = found(book, "gemini-2.0-flash", end - 1)
    assert before is not None
    assert before.pico_usd("input.audio") == 700_000
    assert book.knows("gemini_api", "gemini-2.0-flash")


def test_a_change_of_price_is_near_within_eight_hours_of_it(book: Book) -> None:
    """Google's billing day is Pacific: around midnight UTC two prices are in question."""
    eight_hours = 8 * 3_600_000_000_000

    def near(at: int) -> int | None:
        other = book.price_change_near(
            "gemini_api", "gemini-4-argon", "standard", False, at, "global"
        )
        return None if other is None else other.pico_usd("input")

    assert near(DECEMBER_1 - eight_hours - 1) is None
    assert near(DECEMBER_1 - eight_hours) == 4_000_000
    assert near(DECEMBER_1 - 1) == 4_000_000
    assert near(DECEMBER_1) == 2_000_000
    assert near(DECEMBER_1 + eight_hours - 1) == 2_000_000
    assert near(DECEMBER_1 + eight_hours) is None
    assert near(NOVEMBER) is None


def test_no_change_is_near_where_the_price_stays_or_only_begins(book: Book) -> None:
    """Another model's change, and a launch, put nothing in question."""
    assert (
        book.price_change_near(
            "gemini_api", "gemini-2.5-flash", "standard", False, DECEMBER_1, "global"
        )
        is None
    )
    assert (
        book.price_change_near("gemini_api", "nobody", "standard", False, DECEMBER_1, "global")
        is None
    )
    launch = unix_nano(datetime(2026, 11, 10, tzinfo=UTC))
    assert (
        book.price_change_near("gemini_api", "gemini-4-carbon", "standard", False, launch, "global")
        is None
    )


def test_an_endpoint_of_one_region_costs_its_own_rate_where_there_is_one(book: Book) -> None:
    """Vertex AI: published for the standard tier; on another tier the global rate is an inference, and says so."""

    def rates(model: str, tier: str, region: str) -> Rates:
        found = book.rates_for("vertex_ai", model, tier, False, NOVEMBER, region)
        assert found is not None
        return found

    regional = rates("gemini-3.8-flash", "standard", "europe-west4")
    assert regional.row == "vertex_ai/gemini-3.8-flash/standard@regional/base/2026-09-02"
    assert regional.pico_usd("input") == 825_000
    flex = rates("gemini-3.8-flash", "flex", "europe-west4")
    assert (flex.pico_usd("input"), flex.confidence) == (375_000, "inferred")
    assert rates("gemini-3.8-flash", "flex", "global").confidence == "published"
    pro = rates("gemini-3.1-pro-preview", "standard", "europe-west4")
    assert (pro.pico_usd("input"), pro.confidence) == (2_000_000, "published")


@pytest.mark.parametrize(
    ("model", "cell", "usd_per_million"),
    [
        ("gemini-embedding-2", "input.document", 0.45),  # a page is an image
        ("gemini-2.5-flash", "input.document", 0.30),
        ("gemini-2.5-flash", "input.video", 0.30),
        ("gemini-2.5-flash", "cache_read.audio", 0.10),
        ("gemini-2.5-flash", "tool_use", 0.30),
        ("gemini-2.5-flash", "thoughts", 2.50),
        ("gemini-2.5-flash", "output.image", None),
        ("gemini-2.5-flash", "input.smell", None),
        ("gemini-3.8-live", "cache_read", None),
    ],
)
def test_a_cell_without_a_rate_of_its_own_falls_back_only_where_the_page_says_so(
    book: Book, model: str, cell: str, usd_per_million: float | None
) -> None:
    """Input modalities cost what text does, thoughts what output does; nothing else is guessed."""
    rates = found(book, model)
    assert rates is not None
    expected = None if usd_per_million is None else round(usd_per_million * 1_000_000)
    assert rates.pico_usd(cell) == expected


def test_a_unit_is_priced_at_its_resolution_where_that_has_a_price(book: Book) -> None:
    """Seconds of 4K video cost more; a resolution without a price of its own costs the plain one."""
    rates = found(book, "veo-3.1-generate-preview")
    assert rates is not None
    assert rates.unit_pico_usd("video_second", "4k") == 600_000_000_000
    assert rates.unit_pico_usd("video_second", "1080p") == 400_000_000_000
    assert rates.unit_pico_usd("video_second") == 400_000_000_000
    assert rates.unit_pico_usd("song") is None


def test_inferred_cells_name_what_nobody_has_read(book: Book) -> None:
    """One guess in a published row does not spoil the row; an inferred input makes tool_use inferred, too."""
    flex = book.rates_for("gemini_api", "gemini-2.5-flash", "flex", False, NOVEMBER)
    assert flex is not None
    assert flex.confidence == "published"
    assert flex.inferred_cells == {"input.audio", "cache_read.audio"}
    carbon = found(book, "gemini-4-carbon")
    assert carbon is not None
    assert carbon.confidence == "inferred"
    assert carbon.inferred_cells == set(carbon.pico_usd_per_token)


@pytest.mark.parametrize(
    ("host", "listed"),
    [
        ("generativelanguage.googleapis.com", True), ("us-central1-aiplatform.googleapis.com", True),
        ("localhost", True), ("127.0.0.1", True), ("[::1]", True),
        ("llm-proxy.example.com", False), ("googleapis.com.example.com", False), ("", False), (None, False),
    ],
)  # fmt: skip
def test_list_prices_hold_at_google_and_on_loopback(
    book: Book, host: str | None, listed: bool
) -> None:
    """A proxy or a reseller may charge anything."""
    assert book.lists_endpoint(host) is listed
    assert book.lists_endpoint(host) is listed  # and when asked again


def test_the_quick_form_of_the_book_is_the_book() -> None:
    """built.json is what the TOML files say; after an edit: python scripts/build_prices.py."""
    folder = Path(gemledger.pricing.__file__).with_name("books")
    files = {
        str(path.relative_to(folder)): path.read_text() for path in sorted(folder.rglob("*.toml"))
    }
    version, models = read_book(files)

    text = (folder / built.FILE).read_text()
    assert text == built.dumps(version, models), "run: python scripts/build_prices.py"
    assert built.loads(text) == (version, models)
    assert load_book().version == version == "2026-11-21.1"


def test_every_row_of_the_book_says_where_it_was_read(book: Book) -> None:
    """Source, day and confidence stand behind every price, and no row id is there twice."""
    rows = [rates_of(model, row) for model in book.models() for row in model.rows]

    assert len(rows) > 300
    assert len({rates.row for rates in rows}) == len(rows)
    for rates in rows:
        assert rates.source.startswith(("http", "litellm", "posts", "half", "the Gemini API"))
        assert "2026-08-08" <= rates.read_on <= "2026-11-21"
        assert rates.confidence in ("published", "inferred")
        assert rates.inferred_cells <= {*rates.pico_usd_per_token, *rates.pico_usd_per_unit}


def test_a_modality_priced_going_in_is_priced_from_the_cache_too(book: Book) -> None:
    """Else cached audio would cost what cached text does."""
    for model in book.models():
        for row in model.rows:
            cells = row.pico_usd_per_token
            if "input.audio" in cells and "cache_read" in cells:
                assert "cache_read.audio" in cells, (model.platform, model.id, row.kind)


def test_a_name_from_outside_never_makes_the_book_grow_without_bound(book: Book) -> None:
    """Names of tuned models are endless; the memory of look-ups is not."""
    fresh = Book("1", book.models())
    for number in range(5000):
        assert fresh.rates_for("vertex_ai", f"tuned-{number}", "standard", False, NOVEMBER) is None
        assert not fresh.lists_endpoint(f"host-{number}")
    assert len(fresh._timelines) <= 4096
    assert len(fresh._listed) <= 4096
