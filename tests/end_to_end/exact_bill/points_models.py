"""Points 14 and 22: which model served, and where."""

from end_to_end.exact_bill.asking import FLASH, PRO, answer
from end_to_end.exact_bill.point import (
    Point,
    day,
    estimated,
    traffic,
    unpriced,
)

MODELS = {
    "point-14 the model that served is billed": Point(
        "gemini-3.5-flash", answer(10_000, 1_000, model="gemini-3.6-flash"), "0.01125"
    ),
    "point-14 a rerouted id": Point(
        "gemini-3.7-flash", answer(10_000, 1_000, model="gemini-3.8-flash"), "0.01125"
    ),
    "point-14 an alias, named by what served": Point(
        "gemini-pro-latest", answer(250_000, 2_000, model=PRO), "1.036"
    ),
    "point-14 an alias, served without a name": Point(
        "gemini-pro-latest", answer(250_000, 2_000, model=None), "1.036"
    ),
    "point-14 the id with its prefix": Point(
        f"models/{FLASH}", answer(10_000, 1_000, model=None), "0.01125"
    ),
    "point-14 the id of Vertex AI": Point(
        f"publishers/google/models/{FLASH}",
        answer(10_000, 1_000, model=None),
        "0.01125",
        location="global",
    ),
    "point-14 the whole resource name": Point(
        f"projects/skerry/locations/global/publishers/google/models/{FLASH}",
        answer(10_000, 1_000, model=None),
        "0.01125",
        location="global",
    ),
    "point-14 a tuned model is not its base": unpriced(
        f"tunedModels/{FLASH}", answer(10, 10, model=None), "unknown_model"
    ),
    "point-14 an endpoint is not a model": unpriced(
        "projects/skerry/locations/global/endpoints/42",
        answer(10, 10, model=None),
        "unknown_model",
        location="global",
    ),
    "point-14 a dated suffix is another id": unpriced(
        f"{FLASH}-001", answer(10, 10, model=None), "unknown_model"
    ),
    "point-14 a dated suffix that the book knows": Point(
        "gemini-2.0-flash-001",
        answer(10_000, 1_000, model=None),
        "0.0014",
        at=day(2026, 1, 15),
    ),
    **{
        f"point-14 {name} does not match the base model": unpriced(
            name, answer(10, 10, model=None), "unknown_model"
        )
        for name in (f"{FLASH}-cyber", f"{FLASH}-image", f"{FLASH}-live", "gemini-3.8")
    },
    "point-14 a model of its own on Vertex AI": Point(
        f"{FLASH}-cyber", answer(10_000, 1_000), "0.0225", location="global"
    ),
    # That Google adds a tenth is known from a third party alone.
    "point-22 a region of Vertex AI costs a tenth more": estimated(
        FLASH, traffic("ON_DEMAND"), "0.012375", "inferred_rate", location="europe-west1"
    ),
    "point-22 where Google says so": Point(
        PRO, answer(250_000, 2_000), "1.036", location="us-central1"
    ),
    "point-22 platforms have prices of their own: Gemini API": Point(
        "gemini-2.0-flash", answer(10_000, 1_000), "0.0014", at=day(2026, 1, 15)
    ),
    "point-22 platforms have prices of their own: Vertex AI": Point(
        "gemini-2.0-flash",
        answer(10_000, 1_000),
        "0.0021",
        at=day(2026, 1, 15),
        location="global",
    ),
}
