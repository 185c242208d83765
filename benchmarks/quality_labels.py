"""Whether the correction finds the true rate of labelled answers: calibrated on one half, asked of the other."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from alert_bars import Bar, recorded
from quality_detection import JUDGES, Flags, Judge, human_labels

from gemledger_collector.estimation.correction import LabelCounts, Observed, correct

SPLITS = 200
BAR_PERCENT = 93.0
REAL_JUDGES = ("gpt_4o", "gpt-4-turbo", "gpt-3.5-turbo")


def on_labels() -> Sequence[Bar]:
    """The section of ``benchmarks/quality.py``."""
    bars: list[Bar] = []
    random = np.random.default_rng(17)
    print(
        f"  {SPLITS} splits into halves; truth is what people say of the half that is only judged"
    )
    print(f"  {'':<46}{'people':>8}{'judge':>8}{'corrected':>11}{'holds':>8}{'refused':>9}")
    folder = recorded("halueval")
    if folder is not None:
        bad = human_labels(folder / "general_first_half.jsonl")
        judges = [Judge(*each) for each in JUDGES[1:]]
        held = [
            _halves(
                random,
                f"HaluEval, {each.sensitivity:g} / {each.specificity:g}",
                bad,
                each.verdicts(random, bad),
            )
            for each in judges
        ]
        bars.append(
            Bar("HaluEval: splits whose interval holds the truth, %", min(held), BAR_PERCENT, True)
        )
    folder = recorded("faithbench")
    if folder is not None:
        for name in REAL_JUDGES:
            bad, flagged = _faithbench(folder, name)
            held_here = _halves(random, f"FaithBench, {name}", bad, flagged)
            if held_here >= 0:
                bars.append(
                    Bar(
                        f"FaithBench, {name}: splits that hold the truth, %",
                        held_here,
                        BAR_PERCENT,
                        True,
                    )
                )
    print()
    return bars


def _halves(random: np.random.Generator, name: str, bad: Flags, flagged: Flags) -> float:
    """Percent of splits whose interval holds the truth; below 0 where none has one."""
    held, values = [], []
    for _ in range(SPLITS):
        order = random.permutation(len(bad))
        known, asked = order[: len(bad) // 2], order[len(bad) // 2 :]
        found = correct(
            Observed(float(flagged[asked].mean()), len(asked)), _counts(bad[known], flagged[known])
        )
        if found is not None:
            held.append(found.low <= bad[asked].mean() <= found.high)
            values.append(found.value)
    share = 100 * float(np.mean(held)) if held else -1.0
    value = f"{np.mean(values):.1%}" if values else "none"
    refused = 100 * (1 - len(held) / SPLITS)
    print(
        f"  {name:<46}{bad.mean():>8.1%}{flagged.mean():>8.1%}{value:>11}{share:>6.0f} %{refused:>7.0f} %"
    )
    return share


def _counts(bad: Flags, flagged: Flags) -> LabelCounts:
    return LabelCounts(
        int((flagged & bad).sum()),
        int((flagged & ~bad).sum()),
        int((~flagged & bad).sum()),
        int((~flagged & ~bad).sum()),
    )


def _faithbench(folder: Path, judge: str) -> tuple[Flags, Flags]:
    """What people found unwanted, and what a judge called inconsistent (0)."""
    samples = list(_samples(folder))
    bad = [
        any(
            label.startswith("Unwanted")
            for note in sample["annotations"]
            for label in note["label"]
        )
        for sample in samples
    ]
    return np.array(bad), np.array([sample["metadata"][judge] == 0 for sample in samples])


def _samples(folder: Path) -> Iterator[dict[str, Any]]:
    for file in sorted(folder.rglob("batch_*.json")):
        yield from json.loads(file.read_text(encoding="utf-8"))["samples"]
