"""Figures of quality as answers tell them."""

from pathlib import Path
from typing import Any

from gemledger_collector.estimation.rates import Estimate
from gemledger_collector.judge_config import words
from gemledger_collector.storage.quality import Figures

Json = dict[str, Any]


def row(figures: Figures, dimension: str, rubrics: Path | None) -> Json:
    """One group's figures, and what its bad answers may be called; ``rubrics`` is the folder of one's own."""
    return {
        "judged": figures.judged,
        "bad": figures.bad,
        "cannot_tell": figures.cannot_tell,
        "errors": figures.errors,
        **estimate("bad_rate", figures.bad_rate),
        "n_eff": figures.informative,
        **estimate("mean_score", figures.mean_score),
        **estimate("corrected_rate", figures.corrected_rate),
        "calibrated": figures.calibrated,
        "word": _word(figures, dimension, rubrics),
    }


def _word(figures: Figures, dimension: str, rubrics: Path | None) -> str:
    if figures.checked:
        return words.FAILED
    return words.word(dimension, rubrics, calibrated=figures.calibrated)


def estimate(name: str, found: Estimate | None) -> Json:
    """The value and both ends of its interval, or three times null."""
    if found is None:
        return {name: None, f"{name}_low": None, f"{name}_high": None}
    return {name: found.value, f"{name}_low": found.low, f"{name}_high": found.high}
