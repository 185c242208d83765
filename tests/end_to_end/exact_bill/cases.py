"""The calls on which the known tools differ, with the truth: published rates on 2026-11-20, or why there is none.

Letters are those of the research's own table; i, i', i'' (batch) are in ``test_checklist_batches``, p (Live) in
``test_live_bill``.
"""

from datetime import UTC, datetime
from typing import Any, NamedTuple

from end_to_end.exact_bill.asking import FLASH, FLASH_2_5, NOON, PRO, answer, searched
from support.gemini import Json, by_modality

URL_CONTEXT: dict[str, Any] = {"tools": [{"url_context": {}}]}
GOOGLE_SEARCH: dict[str, Any] = {"tools": [{"google_search": {}}]}
LITE = "gemini-3.1-flash-lite"
AUDIO_8K: Any = by_modality(text=2_000, audio=8_000)


class Case(NamedTuple):
    """One call and its truth in dollars; None where it has none."""

    model: str
    step: Json
    usd: str | None
    status: str = "exact"
    reasons: tuple[str, ...] = ()
    upper_usd: str | None = None
    config: dict[str, Any] = {}  # noqa: RUF012 - a NamedTuple's default, never written to
    at: datetime = NOON


CASES = {
    "a": Case(FLASH, answer(10_000, 1_000), "0.01125"),
    "b": Case(FLASH, answer(100_000, 1_000, cached=80_000), "0.02475"),
    "c": Case(PRO, answer(250_000, 2_000), "1.036"),
    "c'": Case(PRO, answer(200_000, 2_000), "0.424"),
    "d": Case(PRO, answer(250_000, 2_000, cached=200_000), "0.316"),
    "e": Case(FLASH_2_5, answer(10_000, 500, promptTokensDetails=AUDIO_8K), "0.00985"),
    "e'": Case(
        LITE,
        answer(
            10_000,
            500,
            cached=6_000,
            promptTokensDetails=AUDIO_8K,
            cacheTokensDetails=by_modality(audio=6_000),
        ),
        "0.00255",
    ),
    "e''": Case(
        LITE,
        answer(10_000, 500, cached=6_000, promptTokensDetails=AUDIO_8K),
        "0.003",
        "estimated",
        ("cached_modality_unknown",),
        upper_usd="0.003",
    ),
    "f": Case(FLASH, answer(1_000, 200, thoughts=8_000), "0.0315"),
    "g": Case(FLASH_2_5, answer(26, 103, tool_use=12_504), "0.0040165", config=URL_CONTEXT),
    "g'": Case(
        FLASH,
        answer(151, 1_089, tool_use=18_329, thoughts=1_120, grounding=searched("a", "b", "a", "")),
        "0.036397",
        config=GOOGLE_SEARCH,
    ),
    "g''": Case(
        PRO,
        answer(190_000, 1_000, tool_use=20_000),
        "0.432",
        "estimated",
        ("context_step_unclear",),
        upper_usd="0.858",
        config=URL_CONTEXT,
    ),
    "h": Case(
        "gemini-3.1-flash-image",
        answer(50, 1_140, thoughts=100, candidatesTokensDetails=by_modality(text=20, image=1_120)),
        "0.067585",
    ),
    "j": Case(FLASH, answer(10_000, 1_000), "0.005625", config={"service_tier": "flex"}),
    "j'": Case(
        PRO,
        answer(250_000, 2_000),
        "0.518",
        "estimated",
        ("inferred_rate",),
        config={"service_tier": "flex"},
    ),
    "j''": Case(
        FLASH_2_5,
        answer(10_000, 500, promptTokensDetails=AUDIO_8K),
        "0.004925",
        "estimated",
        ("inferred_rate",),
        config={"service_tier": "flex"},
    ),
    "k": Case(FLASH, answer(10_000, 1_000), "0.02025", config={"service_tier": "priority"}),
    "k'": Case(PRO, answer(250_000, 2_000), "1.8648", config={"service_tier": "priority"}),
    "l": Case(
        FLASH,
        answer(200, 500, grounding=searched("one", "two")),
        "0.030025",
        config=GOOGLE_SEARCH,
    ),
    "l'": Case(
        FLASH_2_5,
        answer(200, 500, grounding=searched("one", "two")),
        "0.03631",
        config=GOOGLE_SEARCH,
    ),
    "m": Case(FLASH, answer(10_000, 1_000), "0.0225", at=datetime(2027, 1, 2, 12, tzinfo=UTC)),
    "n": Case("gemini-4-carbon", answer(10_000, 1_000), "0.03", "estimated", ("inferred_rate",)),
    "o": Case("gemini-3.1-pro", answer(10_000, 1_000), None, "unpriced", ("unknown_model",)),
}
