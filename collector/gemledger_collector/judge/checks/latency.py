"""Whether a call took no longer than it may; pure."""

from gemledger_collector.judge.checks.checked import Checked, Finding


def find(checked: Checked, most_seconds: float) -> Finding:
    """Cannot tell where no span says how long the call took."""
    seconds = checked.duration_seconds
    if seconds is None:
        return Finding.cannot_tell("no span says how long the call took")
    words = f"{seconds:.3f} s, {'at most' if seconds <= most_seconds else 'more than'} {most_seconds:g} s"
    return Finding.either(seconds <= most_seconds, words)
