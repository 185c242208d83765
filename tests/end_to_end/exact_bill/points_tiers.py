"""Points 10, 12 and 13: which tier served, which cell holds, and on which day."""

from end_to_end.exact_bill.asking import FLASH, answer
from end_to_end.exact_bill.point import (
    FLEX,
    LITE_3_5,
    NO_HEADER,
    PRIORITY,
    Point,
    day,
    estimated,
    traffic,
    unpriced,
)

TIERS_AND_DATES = {
    "point-10 the header says which tier served": Point(
        FLASH, answer(10_000, 1_000), "0.005625", config=FLEX
    ),
    "point-10 priority that was downgraded is standard": Point(
        FLASH,
        answer(10_000, 1_000, headers={"x-gemini-service-tier": "standard"}),
        "0.01125",
        config=PRIORITY,
    ),
    "point-10 a tier asked for and not confirmed is flagged": estimated(
        FLASH,
        answer(10_000, 1_000, headers=NO_HEADER),
        "0.005625",
        "tier_assumed",
        upper_usd="0.01125",
        config=FLEX,
    ),
    "point-10 without a header and without a wish it is standard": Point(
        FLASH, answer(10_000, 1_000, headers=NO_HEADER), "0.01125"
    ),
    "point-10 Vertex AI says it in the traffic type": Point(
        FLASH, traffic("ON_DEMAND"), "0.01125", location="global"
    ),
    "point-10 flex on Vertex AI": Point(
        FLASH, traffic("ON_DEMAND_FLEX"), "0.005625", location="global"
    ),
    "point-10 priority on Vertex AI": Point(
        FLASH, traffic("ON_DEMAND_PRIORITY"), "0.02025", location="global"
    ),
    "point-10 provisioned throughput costs nothing more": Point(
        FLASH,
        traffic("PROVISIONED_THROUGHPUT"),
        "0",
        ("provisioned_throughput",),
        location="global",
    ),
    "point-10 a tier without a rate is not the standard price": unpriced(
        FLASH,
        answer(10, 10, headers={"x-gemini-service-tier": "express"}),
        "no_rate:express",
    ),
    "point-12 a rounded cell is not half of another: flex": Point(
        LITE_3_5, answer(100_000, 1_000, cached=80_000), "0.00585", config=FLEX
    ),
    "point-12 a rounded cell is not half of another: priority": Point(
        LITE_3_5, answer(100_000, 1_000, cached=80_000), "0.0193", config=PRIORITY
    ),
    "point-12 a rounded cell is not half of another: 3.5 flash": Point(
        "gemini-3.5-flash",
        answer(100_000, 1_000, cached=80_000, model="gemini-3.5-flash"),
        "0.0259",
        config=FLEX,
        at=day(2026, 9, 15),
    ),
    "point-13 before a dated switch": Point(
        "gemini-4-argon", answer(10_000, 1_000), "0.03", at=day(2026, 11, 29)
    ),
    "point-13 after it": Point(
        "gemini-4-argon", answer(10_000, 1_000), "0.06", at=day(2026, 12, 2)
    ),
    "point-13 four hours before it": estimated(
        "gemini-4-argon",
        answer(10_000, 1_000),
        "0.03",
        "price_change_near",
        upper_usd="0.06",
        at=day(2026, 11, 30, 20),
    ),
    "point-13 four hours after it": estimated(
        "gemini-4-argon",
        answer(10_000, 1_000),
        "0.06",
        "price_change_near",
        upper_usd="0.06",
        at=day(2026, 12, 1, 4),
    ),
    "point-13 the new year": Point(FLASH, answer(10_000, 1_000), "0.0225", at=day(2027, 1, 1, 9)),
    "point-13 nothing is known of a time before a model": unpriced(
        FLASH, answer(10, 10), "no_rate:date", at=day(2024, 1, 1)
    ),
}
