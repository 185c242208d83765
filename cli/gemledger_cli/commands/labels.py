"""``gemledger labels``: what people say of judged answers, from a file and into one."""

import argparse
from collections.abc import Callable
from typing import Protocol, cast

from gemledger_cli.labelling import exporting, importing

EXAMPLE = "gemledger labels import labels.csv"


class Action(Protocol):
    """One word after ``gemledger labels``."""

    NAME: str
    HELP: str
    EXAMPLE: str
    configure: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], int]


ACTIONS = tuple(cast("Action", module) for module in (importing, exporting))


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare every action with its options."""
    words = "|".join(action.NAME for action in ACTIONS)
    actions = parser.add_subparsers(dest="action", required=True, metavar=f"{{{words}}}")
    for action in ACTIONS:
        one = actions.add_parser(
            action.NAME,
            help=action.HELP,
            description=f"{action.HELP[0].upper()}{action.HELP[1:]}.",
            epilog=f"example:\n  {action.EXAMPLE}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        action.configure(one)


def run(arguments: argparse.Namespace) -> int:
    """Do what was asked; each action says what its exit codes mean."""
    return next(action for action in ACTIONS if arguments.action == action.NAME).run(arguments)
