"""Colours that mean the same everywhere: one per model, one per state. Pure.

The eight hues and the grey are at least 20 apart in CIE Lab for full colour vision and under simulated
protanopia, deuteranopia and tritanopia, and twice as bright or dark as both backgrounds (see the tests).
"""

from collections.abc import Iterable, Mapping
from zlib import crc32

SERIES = (
    "#3950c6",  # blue
    "#e5ac26",  # amber
    "#118757",  # green
    "#764e83",  # plum
    "#81a4f9",  # sky
    "#9a4410",  # brown
    "#0acf91",  # mint
    "#baaa54",  # sand
)
OTHERS = "#8d98a3"
SCORE = "#3f7fd6"
STATE = {
    "inactive": "#3f8f7f",
    "pending": "#c98a1b",
    "firing": "#cc4436",
    "resolved": "#7c8894",
}

LINES = {
    "input": SERIES[0],
    "cache_read": SERIES[4],
    "tool_use": SERIES[3],
    "output": SERIES[1],
    "thoughts": SERIES[7],
    "grounding": SERIES[2],
    "maps": SERIES[6],
    "media": SERIES[5],
    "storage": OTHERS,
}
"""What a cost is made of: what goes in is blue, what comes out is amber."""

# The models most people run keep their colour whatever else is in the ledger.
_PREFERRED: Mapping[str, int] = {
    "gemini-2.5-flash": 0,
    "gemini-2.5-pro": 1,
    "gemini-2.5-flash-lite": 2,
    "gemini-3.8-flash": 3,
    "gemini-3.5-flash-lite": 4,
    "gemini-3.1-pro-preview": 5,
    "gemini-3.5-flash": 6,
    "gemini-4-argon": 7,
}


def model_colours(models: Iterable[str]) -> dict[str, str]:
    """A colour for every model, given in the order of their first calls: one that comes later changes none.

    Known names take their preferred hue; others the first free one from where their name's checksum points. More
    models than hues: the surplus shares the grey of the others.
    """
    named = list(dict.fromkeys(models))
    taken = {_PREFERRED[model]: model for model in named if model in _PREFERRED}
    for model in named:
        if model in _PREFERRED:
            continue
        first = crc32(model.encode()) % len(SERIES)
        slots = ((first + step) % len(SERIES) for step in range(len(SERIES)))
        free = next((slot for slot in slots if slot not in taken), None)
        if free is not None:
            taken[free] = model
    hues = {model: SERIES[slot] for slot, model in taken.items()}
    return {model: hues.get(model, OTHERS) for model in named}
