"""Which tests run in the same worker: those that share something costly."""

from xdist.scheduler import LoadGroupScheduling

COSTLY = ("end_to_end/test_demo.py",)
"""Modules that set something up for a minute, once."""
COSTLY_FOLDERS = ("tests/walk/",)
"""Folders whose modules share what takes as long."""


class Together(LoadGroupScheduling):  # type: ignore[misc]  # xdist's schedulers are untyped to mypy
    """As `--dist loadgroup`, whose own mark does nothing on pytest 9.2: xdist 3.8 writes it where nobody reads it."""

    def _split_scope(self, nodeid: str) -> str:
        """The group of a test; its own name where it has none."""
        module = nodeid.partition("::")[0]
        if module.endswith(COSTLY):
            return module
        for folder in COSTLY_FOLDERS:
            if module.startswith(folder):
                return folder
        return str(super()._split_scope(nodeid))
