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


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
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
    parser.add_argument(
        "--budget-usd",
        type=_usd,
        default=Decimal(1),
        metavar="USD",
        help="what the whole run may cost (default %(default)s)",
    )
    parser.add_argument(
        "--concurrency",
        type=_count,
        default=4,
        metavar="N",
        help="calls at a time (default %(default)s)",
    )
    parser.add_argument(
        "--max-output-tokens",
        type=_count,
        default=8192,
        metavar="N",
        help="of an answer, thoughts included (default %(default)s)",
    )
    parser.add_argument("--limit", type=_count, metavar="N", help="only the first N items")
    parser.add_argument(
        "--examples",
        type=_count,
        default=5,
        metavar="N",
        help="ids to tell where two disagree (default %(default)s)",
    )
    parser.add_argument(
        "--out",
        type=Path,
        default=Path("results"),
        metavar="DIR",
        help="where each result is kept; the same arguments go on with it (default %(default)s)",
    )
    parser.add_argument("--strict", action="store_true", help="refuse a data set with broken lines")
    parser.add_argument("--json", action="store_true", help="print the figures as an object")


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
