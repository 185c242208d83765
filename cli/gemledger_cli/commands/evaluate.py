"""``gemledger evaluate``: the answers of a data set judged, or those of two models or prompts compared on it."""

import argparse
from contextlib import suppress
from decimal import Decimal, InvalidOperation
from pathlib import Path

from gemledger_cli.evaluating.evaluation import evaluate

EXAMPLE = """gemledger evaluate examples/datasets/support-chat.jsonl --rubric accuracy --rubric tone
  gemledger evaluate support.jsonl --rubric accuracy --model gemini-2.5-flash --model gemini-2.5-flash-lite
  gemledger evaluate support.jsonl --rubric accuracy --prompt old.txt --prompt new.txt --budget-usd 0.50"""

DEFAULT_JUDGE = "gemini-2.5-flash"
EXIT_CODES = """exit code:
  0  all is done
  1  something failed: some errors are left, or every call failed
  2  nothing was begun: the arguments, the data set or the folder do not allow it
  3  an extra is missing
  4  the budget is reached; more of it goes on
  130  stopped by Ctrl-C; the same command goes on"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.epilog = f"{parser.epilog}\n\n{EXIT_CODES}"
    parser.add_argument(
        "dataset",
        type=Path,
        metavar="DATASET",
        help="as `gemledger dataset` writes it, or one question a line: see docs/datasets.md",
    )
    parser.add_argument(
        "--rubric",
        action="append",
        required=True,
        metavar="NAME|FILE.yaml",
        help="by what answers are judged; again for another",
    )
    parser.add_argument(
        "--judge", default=DEFAULT_JUDGE, metavar="MODEL", help="who judges (default %(default)s)"
    )
    _configure_candidates(parser)
    _configure_effort(parser)
    _configure_results(parser)


def _configure_candidates(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--model",
        action="append",
        default=[],
        metavar="MODEL",
        help="who answers, in place of the data set's answers; twice compares two",
    )
    parser.add_argument(
        "--prompt",
        action="append",
        default=[],
        type=Path,
        metavar="FILE",
        help="the system instruction they answer under; twice compares two",
    )
    _add_count(parser, "--max-output-tokens", 8192, "of an answer, thoughts included")


def _configure_effort(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--budget-usd",
        type=_usd,
        default=Decimal(1),
        metavar="USD",
        help="what the whole run may cost (default %(default)s)",
    )
    _add_count(parser, "--concurrency", 4, "calls at a time")
    parser.add_argument("--limit", type=_count, metavar="N", help="only the first N items")
    parser.add_argument("--strict", action="store_true", help="refuse a data set with broken lines")


def _configure_results(parser: argparse.ArgumentParser) -> None:
    _add_count(parser, "--examples", 5, "ids to tell where two disagree")
    parser.add_argument(
        "--out",
        type=Path,
        default=Path("results"),
        metavar="DIR",
        help="where each result is kept; the same arguments go on with it (default %(default)s)",
    )
    parser.add_argument("--json", action="store_true", help="print the figures as an object")


def _add_count(parser: argparse.ArgumentParser, name: str, usual: int, of: str) -> None:
    words = f"{of} (default %(default)s)"
    parser.add_argument(name, type=_count, default=usual, metavar="N", help=words)


def run(arguments: argparse.Namespace) -> int:
    """0 done, 1 something failed, 2 nothing was begun, 4 the budget is reached, 130 stopped."""
    return evaluate(arguments)


def _usd(text: str) -> Decimal:
    with suppress(InvalidOperation):
        amount = Decimal(text)
        if amount.is_finite() and 0 < amount < 10**6:
            return amount
    raise argparse.ArgumentTypeError(f"{text!r} is no amount of dollars; write it like 0.50")


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is no number; give 1 or more")
    return int(text)
