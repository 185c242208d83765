"""``gemledger labels``: what people say of judged answers, from a file and into one."""

import argparse

from gemledger_cli import actions
from gemledger_cli.labelling import exporting, importing

EXAMPLE = "gemledger labels import labels.csv"
ACTIONS = actions.actions_of(importing, exporting)


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare every action with its options."""
    actions.configure(parser, ACTIONS)


def run(arguments: argparse.Namespace) -> int:
    """Do what was asked; each action says what its exit codes mean."""
    return actions.run(ACTIONS, arguments)
