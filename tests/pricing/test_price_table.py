"""Every published price of the facts page, written out by hand: what the book must find, in US dollars.

Tokens per million, fees and pieces per one, storage (token_hour) per million token hours.
"""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from gemledger.pricing.book import Book

NOW, DECEMBER, NEW_YEAR = "2026-11-20", "2026-12-01", "2027-01-01"

GEMINI_API = f"""
gemini-4-argon standard base {NOW} input=2 output=10 cache_read=0.10 grounding_query=0.014 maps_query=0.014
gemini-4-argon batch base {NOW} input=1 output=5 cache_read=0.05
gemini-4-argon flex base {NOW} input=1 output=5 cache_read=0.05 grounding_query=0.014
gemini-4-argon priority base {NOW} input=3.6 output=18 cache_read=0.18 grounding_query=0.014
gemini-4-argon standard base {DECEMBER} input=4 output=20 cache_read=0.20 grounding_query=0.014
gemini-4-argon batch base {DECEMBER} input=2 output=10 cache_read=0.10
gemini-4-argon flex base {DECEMBER} input=2 output=10 cache_read=0.10?
gemini-4-argon priority base {DECEMBER} input=7.2? output=36? cache_read=0.36?
gemini-4-carbon standard base {NOW} input=2? output=10? cache_read=0.10?
gemini-4-carbon standard base {DECEMBER} input=4? output=20? cache_read=0.20?
gemini-4-hydrogen standard base {NOW} input=1.5? output=7.5? cache_read=0.075?
gemini-4-hydrogen standard base {NEW_YEAR} input=1.5? output=7.5? cache_read=0.075?
gemini-3.8-flash standard base {NOW} input=0.75 output=3.75 cache_read=0.075 token_hour=0.50 grounding_query=0.014
gemini-3.8-flash batch base {NOW} input=0.375 output=1.875 cache_read=0.0375
gemini-3.8-flash flex base {NOW} input=0.375 output=1.875 cache_read=0.0375
gemini-3.8-flash priority base {NOW} input=1.35 output=6.75 cache_read=0.135
gemini-3.8-flash standard base {NEW_YEAR} input=1.5 output=7.5 cache_read=0.15 token_hour=1.00 maps_query=0.014
gemini-3.8-flash batch base {NEW_YEAR} input=0.75 output=3.75 cache_read=0.075
gemini-3.8-flash flex base {NEW_YEAR} input=0.75? output=3.75? cache_read=0.075?
gemini-3.8-flash priority base {NEW_YEAR} input=2.7? output=13.5? cache_read=0.27?
gemini-3.7-flash standard base {NOW} input=0.75 output=3.75 cache_read=0.075
gemini-3.7-flash priority base {NOW} input=1.35 output=6.75 cache_read=0.135
gemini-3.7-flash standard base {NEW_YEAR} input=1.5 output=7.5 cache_read=0.15
gemini-3.6-flash standard base {NOW} input=0.75 output=3.75 cache_read=0.075
gemini-3.6-flash flex base {NOW} input=0.375 output=1.875 cache_read=0.0375
gemini-3.6-flash standard base {NEW_YEAR} input=1.5 output=7.5 cache_read=0.15
gemini-3.5-flash standard base {NOW} input=1.5 output=9 cache_read=0.15 token_hour=1.00 grounding_query=0.014
gemini-3.5-flash batch base {NOW} input=0.75 output=4.5 cache_read=0.075
gemini-3.5-flash flex base {NOW} input=0.75 output=4.5 cache_read=0.08
gemini-3.5-flash priority base {NOW} input=2.7 output=16.2 cache_read=0.27
gemini-3.5-flash-lite standard base {NOW} input=0.30 output=2.50 cache_read=0.03 input.audio=0.30
gemini-3.5-flash-lite batch base {NOW} input=0.15 output=1.25 cache_read=0.02
gemini-3.5-flash-lite flex base {NOW} input=0.15 output=1.25 cache_read=0.02
gemini-3.5-flash-lite priority base {NOW} input=0.54 output=4.5 cache_read=0.05
gemini-3.1-pro-preview standard base {NOW} input=2 output=12 cache_read=0.20 token_hour=4.50 grounding_query=0.014
gemini-3.1-pro-preview standard long {NOW} input=4 output=18 cache_read=0.40 token_hour=4.50 grounding_query=0.014
gemini-3.1-pro-preview batch base {NOW} input=1 output=6 cache_read=0.20
gemini-3.1-pro-preview batch long {NOW} input=2 output=9 cache_read=0.40
gemini-3.1-pro-preview flex base {NOW} input=1 output=6 cache_read=0.20
gemini-3.1-pro-preview flex long {NOW} input=2? output=9? cache_read=0.40?
gemini-3.1-pro-preview priority base {NOW} input=3.6 output=21.6 cache_read=0.36
gemini-3.1-pro-preview priority long {NOW} input=7.2 output=32.4 cache_read=0.72
gemini-pro-latest standard long {NOW} input=4 output=18 cache_read=0.40
gemini-3.1-flash-lite standard base {NOW} input=0.25 input.audio=0.50 output=1.50 cache_read=0.025
gemini-3.1-flash-lite standard base {NOW} cache_read.audio=0.05 token_hour=1.00
gemini-3.1-flash-lite batch base {NOW} input=0.125 input.audio=0.25 output=0.75 cache_read=0.0125 token_hour=0.50
gemini-3.1-flash-lite flex base {NOW} input=0.125 input.audio=0.25? output=0.75 cache_read=0.0125
gemini-3.1-flash-lite priority base {NOW} input=0.45 input.audio=0.90 output=2.7 cache_read=0.045
gemini-3-flash-preview standard base {NOW} input=0.50 input.audio=1 output=3 cache_read=0.05
gemini-3-flash-preview standard base {NOW} cache_read.audio=0.10 token_hour=1.00
gemini-3-flash-preview batch base {NOW} input=0.25 input.audio=0.50 output=1.5 cache_read=0.05
gemini-3-flash-preview flex base {NOW} input=0.25 input.audio=0.50? output=1.5 cache_read=0.05
gemini-3-flash-preview priority base {NOW} input=0.9 input.audio=1.8 output=5.4 cache_read=0.09
gemini-3-flash-preview standard base 2026-01-04 grounding_query=0
gemini-3-flash-preview standard base 2026-01-05 grounding_query=0.014 maps_query=0.014
gemini-2.5-pro standard base {NOW} input=1.25 output=10 cache_read=0.125 token_hour=4.50
gemini-2.5-pro standard base {NOW} grounded_prompt=0.035 maps_prompt=0.025
gemini-2.5-pro standard long {NOW} input=2.50 output=15 cache_read=0.25 token_hour=4.50
gemini-2.5-pro batch base {NOW} input=0.625 output=5 cache_read=0.125 grounded_prompt=0.035
gemini-2.5-pro batch long {NOW} input=1.25 output=7.5 cache_read=0.25
gemini-2.5-pro flex base {NOW} input=0.625 output=5 cache_read=0.125
gemini-2.5-pro flex long {NOW} input=1.25? output=7.5? cache_read=0.25?
gemini-2.5-pro priority base {NOW} input=2.25 output=18 cache_read=0.225
gemini-2.5-pro priority long {NOW} input=4.5 output=27 cache_read=0.45
gemini-2.5-flash standard base {NOW} input=0.30 input.audio=1 output=2.50 cache_read=0.03
gemini-2.5-flash standard base {NOW} cache_read.audio=0.10 token_hour=1.00
gemini-2.5-flash batch base {NOW} input=0.15 input.audio=0.5 output=1.25 cache_read=0.03
gemini-2.5-flash flex base {NOW} input=0.15 input.audio=0.5? output=1.25 cache_read=0.03
gemini-2.5-flash priority base {NOW} input=0.54 input.audio=1.8 output=4.5 cache_read=0.054
gemini-2.5-flash standard base {NOW} grounded_prompt=0.035 maps_prompt=0.025
gemini-2.5-flash-lite standard base {NOW} input=0.10 input.audio=0.30 output=0.40 cache_read=0.01
gemini-2.5-flash-lite standard base {NOW} cache_read.audio=0.03 token_hour=1.00
gemini-2.5-flash-lite batch base {NOW} input=0.05 input.audio=0.15 output=0.2 cache_read=0.01
gemini-2.5-flash-lite flex base {NOW} input=0.05 input.audio=0.15? output=0.2 cache_read=0.01
gemini-2.5-flash-lite priority base {NOW} input=0.18 input.audio=0.54 output=0.72 cache_read=0.018
gemini-2.0-flash standard base 2026-05-31 input=0.10 input.audio=0.70 output=0.40 cache_read=0.025
gemini-2.0-flash standard base 2026-05-31 cache_read.audio=0.175 token_hour=1.00 grounded_prompt=0.035
gemini-2.0-flash-lite standard base 2026-05-31 input=0.075 output=0.30
gemini-1.5-flash standard base 2025-09-01 input=0.075 output=0.30 cache_read=0.01875
gemini-1.5-flash standard long 2025-09-01 input=0.15
gemini-3.1-flash-image standard base {NOW} input=0.50 output=3 thoughts=3 output.image=60 grounding_query=0.014
gemini-3.1-flash-image batch base {NOW} input=0.25 output=1.5 output.image=30
gemini-3-pro-image standard base {NOW} input=2 output=12 output.image=120 grounding_query=0.014
gemini-3-pro-image batch base {NOW} input=1 output=6 output.image=60
gemini-3-pro-image flex base {NOW} input=1 output=6
gemini-3-pro-image priority base {NOW} input=3.6 output=21.6
gemini-3.1-flash-lite-image standard base {NOW} input=0.25 output=1.5 output.image=30
gemini-3.1-flash-lite-image batch base {NOW} input=0.125 output=0.75 output.image=15
gemini-nano-banana-2.1 standard base {NOW} input=1.5 output=7.5 output.image=30 grounding_query=0.014
gemini-nano-banana-2.1 batch base {NOW} input=0.75 output=3.75 output.image=15
gemini-3.8-flash-tts standard base {NOW} input=0.5 output.audio=9 cache_read=0.125?
gemini-3.8-flash-tts batch base {NOW} input=0.25 output.audio=4.5
gemini-3.8-flash-tts flex base {NOW} input=0.25 output.audio=4.5
gemini-3.8-flash-tts priority base {NOW} input=0.9 output.audio=16.2
gemini-3.8-flash-tts standard base {NEW_YEAR} output.audio=18
gemini-3.8-flash-lite-tts standard base {NOW} input=0.5 output.audio=6
gemini-3.8-flash-lite-tts standard base {NEW_YEAR} output.audio=12
gemini-2.5-flash-preview-tts standard base {NOW} input=0.5 output.audio=10
gemini-2.5-flash-preview-tts batch base {NOW} input=0.25 output.audio=5
gemini-2.5-pro-preview-tts standard base {NOW} input=1 output.audio=20
gemini-3.1-flash-tts-preview standard base {NOW} input=1 output.audio=20
gemini-3.8-live standard base {NOW} input=0.75 input.audio=3 input.image=1 input.video=1
gemini-3.8-live standard base {NOW} output=4.5 output.audio=12 grounding_query=0.014
gemini-3.8-live-extended-thinking standard base {NOW} input=0.75 output.audio=12
gemini-3.1-flash-live-preview standard base {NOW} input=0.75 input.audio=3 output=4.5 output.audio=12
gemini-2.5-flash-native-audio-latest standard base {NOW} input=0.5 input.audio=3 input.video=3
gemini-2.5-flash-native-audio-latest standard base {NOW} output=2 output.audio=12
gemini-3.5-live-translate-preview standard base {NOW} input=3.5? output=21?
gemini-3.5-transcribe standard base {NOW} input=2? output=12?
gemini-3.5-transcribe-live standard base {NOW} input=3.5? output=21?
gemini-omni-1.1-flash standard base {NOW} input=1.5 input.video=1.5 output=9 output.video=17.5
gemini-robotics-er-2-preview standard base {NOW} input=1 output=5 cache_read=0.10 grounding_query=0.014
gemini-robotics-er-2-preview standard base {NEW_YEAR} input=2 output=10 cache_read=0.20
gemini-robotics-er-2-preview batch base {NOW} input=0.5 output=2.5 cache_read=0.05
gemini-embedding-001 standard base {NOW} input=0.15 output=0
gemini-embedding-001 batch base {NOW} input=0.075 output=0
gemini-embedding-2 standard base {NOW} input=0.20 input.image=0.45 input.audio=6.5 input.video=12 output=0
gemini-embedding-2 batch base {NOW} input=0.10 input.image=0.225 input.audio=3.25 input.video=6
deep-research-preview-04-2026 standard base {NOW} input=2? output=12?
veo-3.1-generate-preview standard base {NOW} video_second=0.40 video_second.720p=0.40 video_second.1080p=0.40
veo-3.1-generate-preview standard base {NOW} video_second.4k=0.60
veo-3.1-fast-generate-preview standard base {NOW} video_second=0.10 video_second.1080p=0.12 video_second.4k=0.30
veo-3.1-fast-generate-preview standard base 2026-04-06 video_second=0.15 video_second.4k=0.35
veo-3.1-lite-generate-preview standard base {NOW} video_second=0.05 video_second.1080p=0.08
imagen-4.0-fast-generate-001 standard base 2026-08-16 image=0.02
imagen-4.0-generate-001 standard base 2026-08-16 image=0.04
imagen-4.0-ultra-generate-001 standard base 2026-08-16 image=0.06
lyria-3.5 standard base {NOW} song=0.08
lyria-3-pro-preview standard base {NOW} song=0.08
lyria-3-clip-preview standard base {NOW} song=0.04
"""

VERTEX_AI = f"""
gemini-4-argon standard base {NOW} input=2 output=10 cache_read=0.10 grounding_query=0.014
gemini-4-argon standard base {DECEMBER} input=4 output=20 cache_read=0.20
gemini-3.8-flash standard base {NOW} input=0.75 output=3.75 cache_read=0.075
gemini-3.8-flash standard base {NEW_YEAR} input=1.5 output=7.5 cache_read=0.15
gemini-3.8-flash-cyber standard base {NOW} input=1.5 output=7.5 cache_read=0.15
gemini-3.5-flash flex base {NOW} input=0.75 output=4.5 cache_read=0.075
gemini-3.5-flash-lite batch base {NOW} input=0.15 output=1.25 cache_read=0.015
gemini-3.5-flash-lite priority base {NOW} input=0.54 output=4.5 cache_read=0.054
gemini-3.1-pro-preview standard long {NOW} input=4 output=18 cache_read=0.40
gemini-3-pro-image standard base {NOW} input=2 output=12 cache_read=0.20 output.image=120
gemini-3-pro-image standard long {NOW} input=4 output=18 cache_read=0.40
gemini-2.5-pro standard base {NOW} input=1.25 output=10 grounded_prompt=0.035
gemini-2.5-pro standard base {NOW} maps_prompt=0.025 enterprise_prompt=0.045
gemini-2.5-flash standard base {NOW} input=0.30 input.audio=1 enterprise_prompt=0.045
gemini-2.5-flash-lite batch base {NOW} input=0.05 input.audio=0.15 output=0.2
gemini-2.0-flash standard base 2026-05-31 input=0.15 output=0.60
gemini-embedding-001 batch base {NOW} input=0.12
veo-3.1-generate-001 standard base {NOW} video_second=0.40 video_second.4k=0.60
"""

REGIONAL = f"""
gemini-4-argon standard base {NOW} input=2.2? output=11? cache_read=0.11?
gemini-4-argon standard base {DECEMBER} input=4.4? output=22? cache_read=0.22?
gemini-3.8-flash standard base {NOW} input=0.825? output=4.125? cache_read=0.0825?
gemini-3.8-flash standard base {NEW_YEAR} input=1.65? output=8.25? cache_read=0.165?
gemini-3.7-flash standard base {NOW} input=0.825? output=4.125? cache_read=0.0825?
gemini-3.6-flash standard base {NOW} input=0.825? output=4.125? cache_read=0.0825?
gemini-3.5-flash standard base {NOW} input=1.65? output=9.9? cache_read=0.165?
gemini-3.1-flash-lite standard base {NOW} input=0.275? input.audio=0.55? output=1.65? cache_read=0.0275?
gemini-3.1-pro-preview standard base {NOW} input=2 output=12 cache_read=0.20
"""

UNKNOWN = """
gemini_api gemini-4-carbon flex grounding_query
gemini_api gemini-4-carbon standard grounding_query
gemini_api gemini-4-hydrogen batch input
gemini_api gemini-4-argon standard token_hour
gemini_api gemini-3.5-flash-lite standard token_hour
gemini_api gemini-3.8-flash-cyber standard input
gemini_api gemini-3.1-pro standard input
gemini_api gemini-omni-1.2-flash standard input
gemini_api gemini-3.1-flash-image standard cache_read
gemini_api gemini-3.1-flash-image standard image
gemini_api gemini-2.5-flash-image standard cache_read
gemini_api gemini-2.5-flash standard grounding_query
gemini_api gemini-2.5-flash standard enterprise_prompt
gemini_api gemini-3.8-flash standard grounded_prompt
gemini_api gemini-3.8-live standard cache_read
vertex_ai gemini-3.8-flash-cyber standard grounding_query
"""

SUFFIXES = ("_query", "_prompt")


def cases(table: str, platform: str, region: str) -> list[tuple[str, ...]]:
    """One case a line: where to look, and what must be found there."""
    return [(platform, region, *line.split(maxsplit=4)) for line in table.split("\n") if line]


def found(book: Book, place: tuple[str, ...], thing: str) -> tuple[Decimal | None, bool]:
    """The price in US dollars as a page states it, and whether nobody has read it."""
    platform, region, model, tier, context, day = place
    at = int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp()) * 10**9
    rates = book.rates_for(platform, model, tier, context == "long", at, region)
    if rates is None:
        return None, False
    unit, _, resolution = thing.partition(".")
    per_piece = unit in ("image", "video_second", "song") or unit.endswith(SUFFIXES)
    pico = (
        rates.unit_pico_usd(unit, resolution)
        if per_piece or unit == "token_hour"
        else rates.pico_usd(thing)
    )
    usd = None if pico is None else Decimal(pico).scaleb(-12 if per_piece else -6)
    return usd, thing in rates.inferred_cells


@pytest.mark.parametrize(
    "case",
    [
        *(cases(GEMINI_API, "gemini_api", "global")),
        *(cases(VERTEX_AI, "vertex_ai", "global")),
        *(cases(REGIONAL, "vertex_ai", "us-central1")),
    ],
    ids=" ".join,
)
def test_the_book_holds_every_published_price(book: Book, case: tuple[str, ...]) -> None:
    """A question mark: the price is inferred, and the book says so."""
    *place, prices = case
    for stated in prices.split():
        thing, _, price = stated.partition("=")
        expected = (Decimal(price.rstrip("?")), price.endswith("?"))
        assert found(book, tuple(place), thing) == expected, thing


@pytest.mark.parametrize("line", [line for line in UNKNOWN.split("\n") if line])
def test_what_nobody_knows_is_absent_and_not_guessed(book: Book, line: str) -> None:
    """Unknown is None: never 0, never a neighbour's price."""
    platform, model, tier, thing = line.split()
    assert found(book, (platform, "global", model, tier, "base", NOW), thing) == (None, False)
