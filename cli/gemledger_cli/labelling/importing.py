"""``gemledger labels import``: labels out of a CSV file into a running collector."""

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from gemledger_cli.addresses import DEFAULT_COLLECTOR_URL
from gemledger_cli.collector_api import send
from gemledger_cli.labelling.lines import Line, NotALabelFileError, read
from gemledger_cli.upkeep import bar, complain

NAME = "import"
HELP = "take labels out of a CSV file: trace_id, span_id, dimension, label, note, labelled_by"
EXAMPLE = "gemledger labels import labels.csv"
_COMMAND = "labels import"
_PER_REQUEST = 500


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "file", type=Path, metavar="FILE.csv", help="its first line names the columns"
    )
    parser.add_argument(
        "--url", default=DEFAULT_COLLECTOR_URL, help="the collector (default %(default)s)"
    )


def run(arguments: argparse.Namespace) -> int:
    """0 when every line was imported, 1 when one was not, or when there is no answer; the others are imported."""
    try:
        with arguments.file.open(encoding="utf-8-sig", newline="") as text:
            lines = list(read(text))
    except (OSError, UnicodeDecodeError, NotALabelFileError) as error:
        return complain(_COMMAND, f"{arguments.file}: {error}")
    broken = [line for line in lines if line.problem]
    good = [line for line in lines if not line.problem]
    stored, refused = 0, list[Line]()
    with bar() as progress:
        task = progress.add_task("labels", total=len(good))
        for first in range(0, len(good), _PER_REQUEST):
            batch = good[first : first + _PER_REQUEST]
            answer = _sent(arguments.url, batch)
            if answer is None:
                break
            stored += len(batch) - len(answer)
            refused += answer
            progress.advance(task, len(batch))
    _tell(arguments.file, [*broken, *refused])
    return _summed_up(stored, len(lines))


def _sent(url: str, batch: Sequence[Line]) -> list[Line] | None:
    """The lines of a batch that the collector refused; None where there is no answer."""
    body = {"source": "csv", "labels": [dict(line.label) for line in batch]}
    answer = send(_COMMAND, url, "/api/v1/labels", body)
    return None if answer is None else list(_refused(batch, answer["refused"]))


def _refused(batch: Sequence[Line], refused: Sequence[dict[str, object]]) -> Iterator[Line]:
    by_index = {each["index"]: each for each in refused}
    for index, line in enumerate(batch):
        if index in by_index:
            yield Line(line.number, line.label, str(by_index[index]["message"]))


def _tell(file: Path, problems: Sequence[Line]) -> None:
    for line in sorted(problems, key=lambda each: each.number):
        print(f"{file}:{line.number}: {line.problem}", file=sys.stderr)


def _summed_up(stored: int, lines: int) -> int:
    print(f"{stored:,} of {lines:,} labels imported")
    return 0 if stored == lines else 1
