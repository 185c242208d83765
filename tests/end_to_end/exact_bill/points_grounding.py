"""Points 15 and 16: what is billed by the search."""

from end_to_end.exact_bill.asking import FLASH, FLASH_2_5, answer, searched
from end_to_end.exact_bill.cases import GOOGLE_SEARCH
from end_to_end.exact_bill.point import (
    ENTERPRISE,
    FLEX,
    GOOGLE_MAPS,
    PRIORITY,
    Point,
    at_least,
    estimated,
)

GROUNDING = {
    "point-15 Gemini 3 is billed by unique, non-empty queries": Point(
        FLASH,
        answer(200, 500, grounding=searched("a", "b", "a", "")),
        "0.030025",
        config=GOOGLE_SEARCH,
    ),
    "point-15 Gemini 2.5 by the prompt": Point(
        FLASH_2_5,
        answer(200, 500, grounding=searched("a", "b", "a", "")),
        "0.03631",
        config=GOOGLE_SEARCH,
    ),
    "point-15 on Vertex AI only if sources came back": Point(
        FLASH_2_5,
        answer(200, 500, grounding=searched("a", "b", pages=0)),
        "0.00131",
        config=GOOGLE_SEARCH,
        location="global",
    ),
    "point-15 Maps by the prompt": Point(
        FLASH_2_5,
        answer(200, 500, grounding=searched(pages=0, maps=3)),
        "0.02631",
        config=GOOGLE_MAPS,
    ),
    "point-15 Maps by the query": estimated(
        FLASH,
        answer(200, 500, grounding=searched(pages=0, maps=3)),
        "0.016025",
        "maps_queries_assumed",
        config=GOOGLE_MAPS,
    ),
    "point-15 Web Grounding for Enterprise": Point(
        FLASH_2_5,
        answer(200, 500, grounding=searched("a")),
        "0.04631",
        config=ENTERPRISE,
        location="global",
    ),
    "point-15 a search that was not reported may have cost more": at_least(
        FLASH,
        answer(100, 100, tool_use=5_000),
        "0.00045",
        "grounding_unreported",
        config=GOOGLE_SEARCH,
    ),
    "point-15 a search tool that was not used costs nothing": Point(
        FLASH, answer(100, 100), "0.00045", config=GOOGLE_SEARCH
    ),
    "point-16 the fee is the same on flex": Point(
        FLASH,
        answer(200, 500, grounding=searched("a", "b")),
        "0.0290125",
        config=GOOGLE_SEARCH | FLEX,
    ),
    "point-16 the fee is the same on priority": Point(
        FLASH,
        answer(200, 500, grounding=searched("a", "b")),
        "0.031645",
        config=GOOGLE_SEARCH | PRIORITY,
    ),
}
