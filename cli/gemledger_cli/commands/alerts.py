"""``gemledger alerts``: what fires, why, who is kept quiet, and whether the rules do what they should."""

import argparse
from collections.abc import Callable
from typing import Protocol, cast

from gemledger_cli.alerting import backtesting, explaining, listing, silencing, testing

EXAMPLE = """gemledger alerts silence 'team="growth"' --for 2h --comment "a load test\""""


class Action(Protocol):
    """One word after ``gemledger alerts``."""

    NAME: str
    HELP: str
    EXAMPLE: str
    configure: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], int]


ACTIONS = tuple(
    cast("Action", module) for module in (listing, explaining, silencing, testing, backtesting)
)


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare every action with its options."""
    words = "|".join(action.NAME for action in ACTIONS)
    actions = parser.add_subparsers(dest="action", required=True, metavar=f"{{{words}}}")
    for action in ACTIONS:
        one = actions.add_parser(
            action.NAME,
            help=action.HELP,
            description=f"{action.HELP[0].upper()}{action.HELP[1:]}.",
            epilog=f"examples:\n  {action.EXAMPLE}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        action.configure(one)


def run(arguments: argparse.Namespace) -> int:
    """Do what was asked; each action says what its exit codes mean."""
    return next(action for action in ACTIONS if arguments.action == action.NAME).run(arguments)
