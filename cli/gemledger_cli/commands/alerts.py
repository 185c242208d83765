"""``gemledger alerts``: what fires, why, who is kept quiet, and whether the rules do what they should."""

import argparse

from gemledger_cli import actions
from gemledger_cli.alerting import backtesting, explaining, listing, silencing, testing

EXAMPLE = """gemledger alerts silence 'team="growth"' --for 2h --comment "a load test\""""
ACTIONS = actions.actions_of(listing, explaining, silencing, testing, backtesting)


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare every action with its options."""
    actions.configure(parser, ACTIONS)


def run(arguments: argparse.Namespace) -> int:
    """Do what was asked; each action says what its exit codes mean."""
    return actions.run(ACTIONS, arguments)
