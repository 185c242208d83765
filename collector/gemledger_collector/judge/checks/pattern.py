"""Whether an answer matches a pattern. RE2 reads it, in time that grows with the text alone, whatever the pattern."""

import pyarrow as pa
import pyarrow.compute as pc

from gemledger_collector.judge.checks.checked import Checked, Finding


def find(checked: Checked, pattern: str, *, must_match: bool) -> Finding:
    """Anywhere in the answer, unless the pattern says ``^`` and ``$``."""
    text = checked.answer.encode("utf-8", "replace").decode()
    matches = bool(pc.match_substring_regex(pa.array([text]), pattern)[0].as_py())
    words = "the pattern matches" if matches else "the pattern does not match"
    return Finding.either(matches is must_match, words)
