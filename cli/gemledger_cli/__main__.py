"""``python -m gemledger_cli`` is the ``gemledger`` command."""

import sys

from gemledger_cli.main import main

if __name__ == "__main__":
    sys.exit(main())
