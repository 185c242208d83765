"""Whether an answer is as long as it may be; pure."""

from gemledger_collector.judge.checks.checked import Checked, Finding


def find(checked: Checked, least: int | None, most: int | None) -> Finding:
    """By characters; blanks at both ends are none of it."""
    characters = len(checked.answer.strip())
    if least is not None and characters < least:
        return Finding.bad(f"{characters} characters, fewer than {least}")
    if most is not None and characters > most:
        return Finding.bad(f"{characters} characters, more than {most}")
    return Finding.good(f"{characters} characters")
