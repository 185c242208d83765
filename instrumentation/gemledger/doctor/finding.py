"""What a check found: its state, one sentence, and the remedy."""

from typing import NamedTuple

OK, WARNING, FAILED = "ok", "warning", "FAILED"
"""Fine; something may be missing or doubled; calls are not recorded, not exported or not priced."""


class Finding(NamedTuple):
    """One line of the report. ``remedy`` says what to do, and is empty where nothing is to be done."""

    check: str
    state: str
    says: str
    remedy: str = ""
