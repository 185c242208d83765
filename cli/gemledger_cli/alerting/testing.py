"""``gemledger alerts test``: stories of traffic, and whom they must wake, played against the rules."""

import argparse
import json
import os
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gemledger_collector.alerts.stories.comparing import Failure

NAME = "test"
HELP = "play stories of traffic against rules, and compare who is told"
EXAMPLE = """gemledger alerts test examples/alerts/stories
  gemledger alerts test stories/ --json"""


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one file."""

    file: str
    story: str
    expectations: int
    looks: int
    seconds: float
    failures: tuple["Failure", ...]


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "files",
        nargs="+",
        type=Path,
        metavar="FILE",
        help="a story, or a folder of them; see docs/alerts.md",
    )
    parser.add_argument("--json", action="store_true", help="print the results as JSON")


def run(arguments: argparse.Namespace) -> int:
    """0 when every expectation is met, 1 when one is not, 2 when a file cannot be played."""
    from gemledger_collector.errors import ConfigError  # noqa: PLC0415 - `silence` need not load the engine

    try:
        results = [_played(file, say=not arguments.json) for file in _all(arguments.files)]
    except ConfigError as error:
        print(f"gemledger alerts test: {error}", file=sys.stderr)
        return 2
    failed = sum(bool(result.failures) for result in results)
    if arguments.json:
        print(
            json.dumps(
                {"passed": not failed, "stories": [asdict(one) for one in results]}, indent=2
            )
        )
    else:
        print(f"{len(results) - failed} of {len(results)} stories are as expected")
    return 1 if failed else 0


def _all(given: list[Path]) -> list[Path]:
    files: list[Path] = []
    for path in given:
        files += sorted(path.rglob("*.yaml")) if path.is_dir() else [path]
    return files


def _played(file: Path, *, say: bool) -> Result:
    from gemledger_collector.alerts.stories.playing import play  # noqa: PLC0415 - as above
    from gemledger_collector.alerts.stories.reading import read  # noqa: PLC0415 - as above

    began = time.perf_counter()
    written = read(file, os.environ)
    played = play(written)
    seconds = round(time.perf_counter() - began, 2)
    counts = (played.expectations, played.looks, seconds)
    result = Result(str(file), written.story.story, *counts, played.failures)
    if say:
        _show(result)
    return result


def _show(result: Result) -> None:
    word = "FAILED" if result.failures else "ok    "
    print(f"{word} {result.file}: {result.story} ({result.looks} looks, {result.seconds:.1f} s)")
    for failure in result.failures:
        print(f"{result.file}:{failure.line}: at {failure.at} ({failure.time}), {failure.what}:")
        for missing in failure.missing:
            print(f"    - {missing}")
        for unexpected in failure.unexpected:
            print(f"    + {unexpected}")
