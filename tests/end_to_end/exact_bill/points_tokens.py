"""Points 1 to 5, 8 and 9: which tokens are billed, and as what."""

from end_to_end.exact_bill.asking import FLASH, FLASH_2_5, PRO, answer, searched
from end_to_end.exact_bill.cases import AUDIO_8K, GOOGLE_SEARCH, LITE, URL_CONTEXT
from end_to_end.exact_bill.point import (
    BOTH_KINDS,
    GOOGLE_MAPS,
    IMAGE,
    LITE_3_5,
    SPEECH,
    Point,
    at_least,
    estimated,
    unpriced,
)
from support.gemini import by_modality

TOKENS = {
    "point-01 cached tokens are a part of the prompt": Point(
        FLASH, answer(100_000, 1_000, cached=80_000), "0.02475"
    ),
    "point-01 more cached than asked is clamped and flagged": estimated(
        FLASH, answer(100, 10, cached=150), "0.000045", "cached_above_prompt"
    ),
    "point-02 cached tokens are taken from their own modality": Point(
        LITE,
        answer(
            10_000,
            500,
            cached=3_000,
            promptTokensDetails=AUDIO_8K,
            cacheTokensDetails=by_modality(text=1_000, audio=2_000),
        ),
        "0.004125",
    ),
    "point-02 cached tokens of no modality are text first and flagged": estimated(
        LITE,
        answer(10_000, 500, cached=6_000, promptTokensDetails=AUDIO_8K),
        "0.003",
        "cached_modality_unknown",
        upper_usd="0.003",
    ),
    "point-02 no doubt where every modality costs the same": Point(
        LITE_3_5, answer(10_000, 500, cached=6_000, promptTokensDetails=AUDIO_8K), "0.00263"
    ),
    "point-03 thoughts cost what an answer does": Point(
        FLASH, answer(100, 100, thoughts=100), "0.000825"
    ),
    "point-03 thoughts that are inside the candidates count once": Point(
        FLASH, answer(100, 300, thoughts=200, totalTokenCount=400), "0.0012"
    ),
    "point-03 a total that does not add up is flagged": estimated(
        FLASH, answer(100, 100, totalTokenCount=500), "0.00045", "total_mismatch"
    ),
    "point-04 what a page brought in is billed": Point(
        FLASH_2_5, answer(26, 103, tool_use=12_504), "0.0040165", config=URL_CONTEXT
    ),
    "point-04 what a search brought in is not": Point(
        FLASH,
        answer(100, 100, tool_use=5_000, grounding=searched("one")),
        "0.01445",
        config=GOOGLE_SEARCH,
    ),
    "point-04 what Maps brought in is not": estimated(
        FLASH,
        answer(100, 100, tool_use=5_000, grounding=searched(pages=0, maps=2)),
        "0.01445",
        "maps_queries_assumed",
        config=GOOGLE_MAPS,
    ),
    "point-04 of both together nobody can tell": at_least(
        FLASH,
        answer(100, 100, tool_use=1_000, grounding=searched("one")),
        "0.01445",
        "tool_tokens_mixed",
        upper_usd="0.0152",
        config=BOTH_KINDS,
    ),
    "point-05 200,000 is below the step": Point(PRO, answer(200_000, 2_000), "0.424"),
    "point-05 200,001 is above it and so is the whole request": Point(
        PRO, answer(200_001, 2_000), "0.836004"
    ),
    "point-05 cached tokens count towards it": Point(
        PRO, answer(250_000, 2_000, cached=200_000), "0.316"
    ),
    "point-05 tool tokens do not and that is flagged": estimated(
        PRO,
        answer(190_000, 1_000, tool_use=20_000),
        "0.432",
        "context_step_unclear",
        upper_usd="0.858",
        config=URL_CONTEXT,
    ),
    "point-08 what no detail names is text": Point(
        FLASH_2_5, answer(1_000, 100, promptTokensDetails=by_modality(audio=900)), "0.00118"
    ),
    "point-08 without details all is text": Point(FLASH_2_5, answer(1_000, 100), "0.00055"),
    "point-08 a document costs what an image does": Point(
        FLASH_2_5, answer(1_000, 100, promptTokensDetails=by_modality(document=800)), "0.00055"
    ),
    "point-08 an unspecified modality is text": Point(
        FLASH_2_5,
        answer(1_000, 100, promptTokensDetails=by_modality(modality_unspecified=1_000)),
        "0.00055",
    ),
    "point-08 an unknown modality has no price": unpriced(
        FLASH_2_5,
        answer(1_000, 100, promptTokensDetails=by_modality(smell=1_000)),
        "no_rate:input.smell",
    ),
    "point-08 details above their count are flagged": estimated(
        FLASH_2_5,
        answer(1_000, 100, promptTokensDetails=by_modality(audio=1_500)),
        "0.00125",
        "details_above_count",
    ),
    "point-09 an image is billed as such and thoughts as text": Point(
        IMAGE,
        answer(50, 1_140, thoughts=100, candidatesTokensDetails=by_modality(text=20, image=1_120)),
        "0.067585",
    ),
    "point-09 speech is billed as such": Point(
        SPEECH, answer(100, 1_000, candidatesTokensDetails=by_modality(audio=1_000)), "0.00905"
    ),
    "point-09 an image model that names no modality is a lower bound": at_least(
        IMAGE,
        answer(50, 1_140, thoughts=100),
        "0.003745",
        "output_modality_unknown",
        upper_usd="0.068725",
    ),
}
