"""Commands of two words: what follows the first is an action, a module of its own."""

import argparse
from collections.abc import Callable, Sequence
from typing import Protocol, cast


class Action(Protocol):
    """One word after a command."""

    NAME: str
    HELP: str
    EXAMPLE: str
    configure: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], int]


def actions_of(*modules: object) -> Sequence[Action]:
    """Modules that are actions, as such."""
    return [cast("Action", module) for module in modules]


def configure(parser: argparse.ArgumentParser, actions: Sequence[Action]) -> None:
    """Declare every action with its options."""
    words = "|".join(action.NAME for action in actions)
    parsers = parser.add_subparsers(dest="action", required=True, metavar=f"{{{words}}}")
    for action in actions:
        one = parsers.add_parser(
            action.NAME,
            help=action.HELP,
            description=f"{action.HELP[0].upper()}{action.HELP[1:]}.",
            epilog=f"examples:\n  {action.EXAMPLE}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        action.configure(one)


def run(actions: Sequence[Action], arguments: argparse.Namespace) -> int:
    """Do what was asked; each action says what its exit codes mean."""
    return next(action for action in actions if arguments.action == action.NAME).run(arguments)
