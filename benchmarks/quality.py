"""How far judged quality can be trusted: changes, intervals, corrections. Exit code 1 when a bar is missed.

    python benchmarks/quality.py [detection weighted corrected labels …]

Recorded answers are read from ../shared/data; without it only what is simulated is measured.
"""

import argparse
import sys
import time
from collections.abc import Callable, Mapping, Sequence

import quality_coverage
import quality_detection
import quality_labels
from alert_bars import Bar

SECTIONS: Mapping[str, tuple[str, Callable[[], Sequence[Bar]]]] = {
    "detection": (
        "how soon a change is seen, and how often wrongly",
        quality_detection.on_detection,
    ),
    "weighted": (
        "rates of samples in which answers weigh differently",
        quality_coverage.on_weighted,
    ),
    "corrected": ("rates corrected for the judge's errors", quality_coverage.on_corrected),
    "labels": ("the true rate of labelled answers is recovered", quality_labels.on_labels),
}


def main() -> int:
    """Run the sections that are named, or all."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "sections", nargs="*", help=f"some of {', '.join(SECTIONS)}; all by default"
    )
    chosen = parser.parse_args().sections or list(SECTIONS)
    unknown = sorted(set(chosen) - set(SECTIONS))
    if unknown:
        parser.error(f"there is no section {unknown[0]!r}; there are {', '.join(SECTIONS)}")
    bars: list[Bar] = []
    for name in chosen:
        title, measure = SECTIONS[name]
        print(f"{title}\n")
        began = time.monotonic()
        bars += measure()
        print(f"  ({time.monotonic() - began:.0f} s)\n")
    print("bars")
    for bar in bars:
        print(bar)
    return 0 if all(bar.holds for bar in bars) else 1


if __name__ == "__main__":
    sys.exit(main())
