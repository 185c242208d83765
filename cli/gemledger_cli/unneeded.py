"""Packages that ours load where they happen to be installed, and that a command has no use for."""

import sys
from importlib.machinery import ModuleSpec

COMMAND_LINE_OF_HTTPX = "httpx._main"
"""Loads rich, click and pygments with every ``import httpx``: 40 ms."""
PANDAS = "pandas"
"""Comes with the dashboard; Arrow loads it with the first array, to know a frame if it sees one: 270 ms and 40 MB."""


class Unneeded:  # no MetaPathFinder: importlib.abc is 20 ms that most commands do not need
    """Says of these modules that they are not installed, which whoever would load them is prepared for."""

    def __init__(self, *names: str) -> None:
        self._names = frozenset(names)

    def find_spec(self, fullname: str, *_: object) -> ModuleSpec | None:
        """Nothing to say of other modules. Raises ModuleNotFoundError."""
        if fullname in self._names:
            raise ModuleNotFoundError(f"gemledger does without {fullname}", name=fullname)
        return None


def do_without(*names: str) -> None:
    """Load none of these modules from now on: only for a process that is all ours."""
    sys.meta_path.insert(0, Unneeded(*names))
