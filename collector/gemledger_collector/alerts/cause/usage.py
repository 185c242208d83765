"""What one team's feature did with one model: its figures in the window, and what is usual; pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from gemledger_collector.alerts.cause.shapley import Numbers, Positions
from gemledger_collector.storage.spend_cells import FIGURES, KEYS, TOKENS, Cells

PAIR = KEYS[:3]
"""Team, feature, model. Prompt versions are pooled: a version with longer prompts shows as tokens per call."""


@dataclass(frozen=True, slots=True)
class Side:
    """One figure for each pair; whole numbers of any size."""

    figures: Mapping[str, Numbers]

    def __getitem__(self, name: str) -> Numbers:
        """A figure of FIGURES."""
        return self.figures[name]

    @property
    def prompt_tokens(self) -> Numbers:
        """Cached ones included."""
        prompt: Numbers = self["input_tokens"] + self["cache_read_tokens"]
        return prompt

    @property
    def fees_pico_usd(self) -> Numbers:
        """What is neither for tokens nor for storage (searches, images, …), or for tokens that nobody counted."""
        fees: Numbers = self["cost_pico_usd"] - self["storage_pico_usd"]
        for cell in TOKENS:
            fees = fees - np.where(self[f"{cell}_tokens"] == 0, 0, self[f"{cell}_pico_usd"])
        return fees

    @property
    def is_regular(self) -> Numbers:
        """Whether money divides by calls and tokens here: nothing is negative, and without a call nothing is billed.

        Taken back later than it was billed, or billed by a settlement without a call of its own, it does not.
        """
        fine = self["calls"] >= 0
        for cell in TOKENS:
            fine = fine & (self[f"{cell}_tokens"] >= 0)
        billed = self["cost_pico_usd"] != self["storage_pico_usd"]
        regular: Numbers = fine & ((self["calls"] > 0) | ~_true(billed))
        return regular


@dataclass(frozen=True, slots=True)
class Usage:
    """Pairs, their figures in both, and by what the baseline is multiplied to be the usual of such a window."""

    pairs: list[tuple[str | None, ...]]
    groups: Positions
    """For each pair the number of its team and feature."""
    window: Side
    baseline: Side
    scale: Fraction

    @classmethod
    def of(cls, cells: Cells, scale: Fraction) -> "Usage":
        """The pairs of a question's answer."""
        numbers: dict[tuple[str | None, ...], int] = {}
        at = np.array(
            [numbers.setdefault(key[:3], len(numbers)) for key in cells.keys], dtype=np.intp
        )
        groups: dict[tuple[str | None, ...], int] = {}
        of_group = np.array(
            [groups.setdefault(pair[:2], len(groups)) for pair in numbers], dtype=np.intp
        )
        return cls(
            list(numbers),
            of_group,
            Side({name: _summed(cells.window[name], at, len(numbers)) for name in FIGURES}),
            Side({name: _summed(cells.baseline[name], at, len(numbers)) for name in FIGURES}),
            scale,
        )


def _summed(values: list[int], at: Positions, count: int) -> Numbers:
    totals = np.zeros(count, dtype=object)
    np.add.at(totals, at, np.array(values, dtype=object))
    return totals


def _true(values: Numbers) -> Numbers:
    truth: Numbers = values.astype(bool)
    return truth
