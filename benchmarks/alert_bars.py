"""What the sections of ``benchmarks/alerts.py`` share: bars, and where recorded data lies."""

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Bar:
    """One figure that must hold: what was measured against what is asked."""

    name: str
    measured: float
    asked: float
    at_least: bool = False

    @property
    def holds(self) -> bool:
        """Whether it is reached."""
        return self.measured >= self.asked if self.at_least else self.measured <= self.asked

    def __str__(self) -> str:
        """One line of a table."""
        sign = "≥" if self.at_least else "≤"
        verdict = "" if self.holds else "   MISSED"
        return f"  {self.name:<66} {self.measured:>9.2f}   bar {sign} {self.asked:g}{verdict}"


def recorded(name: str) -> Path | None:
    """A recorded data set: in $GEMLEDGER_BENCH_DATA, else in ``shared/data`` beside the repository; None if absent."""
    beside = Path(__file__).resolve().parents[2] / "shared" / "data"
    path = Path(os.environ.get("GEMLEDGER_BENCH_DATA", beside)) / name
    if path.exists():
        return path
    print(f"  not measured: there is no {path}; docs/spikes.md says where the data comes from")
    return None
