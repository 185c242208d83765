"""Runs commands of ``gemledger`` one after the other, given as JSON; run in a process of its own, as each would be."""

import json
import sys

from gemledger_cli.main import main

if __name__ == "__main__":
    for command in json.loads(sys.argv[1]):
        if main(command) != 0:
            sys.exit(f"gemledger {' '.join(command)} failed")
