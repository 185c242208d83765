"""Which tests run in the same worker: those that share something costly."""

from xdist.scheduler import LoadGroupScheduling

COSTLY = (
    "end_to_end/test_demo.py",
    "end_to_end/test_webhook_settles.py",
    "collector/overview/test_overview.py",
    "collector/alerts/rules/test_rules_api.py",
)
"""Modules that set up once what takes seconds, or a minute."""
COSTLY_FOLDERS = ("tests/walk/",)
"""Folders whose modules share what takes as long."""
OF_COSTLY_MODULES = ("tests/dashboard/",)
"""Folders most of whose modules have a collector of their own."""


class Together(LoadGroupScheduling):  # type: ignore[misc]  # xdist's schedulers are untyped to mypy
    """As `--dist loadgroup`, whose own mark does nothing on pytest 9.2: xdist 3.8 writes it where nobody reads it."""

    def _split_scope(self, nodeid: str) -> str:
        """The group of a test; its own name where it has none."""
        module = nodeid.partition("::")[0]
        if module.endswith(COSTLY) or module.startswith(OF_COSTLY_MODULES):
            return module
        for folder in COSTLY_FOLDERS:
            if module.startswith(folder):
                return folder
        return str(super()._split_scope(nodeid))
