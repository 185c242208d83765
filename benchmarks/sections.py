"""What benchmarks made of sections share: which are run, their bars, and the exit code."""

import argparse
import time
from collections.abc import Callable, Mapping, Sequence

from alert_bars import Bar

Sections = Mapping[str, tuple[str, Callable[[], Sequence[Bar]]]]
"""By its name on the command line: what a section is about, and what measures it."""


def run(sections: Sections, description: str | None) -> int:
    """Run the sections that are named, or all; 1 when a bar is missed."""
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "sections", nargs="*", help=f"some of {', '.join(sections)}; all by default"
    )
    chosen = parser.parse_args().sections or list(sections)
    unknown = sorted(set(chosen) - set(sections))
    if unknown:
        parser.error(f"there is no section {unknown[0]!r}; there are {', '.join(sections)}")
    bars: list[Bar] = []
    for name in chosen:
        title, measure = sections[name]
        print(f"{title}\n")
        began = time.monotonic()
        bars += measure()
        print(f"  ({time.monotonic() - began:.0f} s)\n")
    print("bars")
    for bar in bars:
        print(bar)
    return 0 if all(bar.holds for bar in bars) else 1
