"""What changed, in one line for people; pure."""

from gemledger_collector.alerts.cause.contributors import Contributor
from gemledger_collector.alerts.cause.explanation import Explanation
from gemledger_collector.alerts.cause.factors import FACTORS, WORDS
from gemledger_collector.alerts.quantities import usd

LONGEST_NAME = 80
NONE = "(none)"


def line(explanation: Explanation) -> str:
    """The largest contributor and what changed; empty when nobody spent anything."""
    spenders = [each for each in explanation.payers.largest if each.spent_pico_usd > 0]
    if not spenders or explanation.spent_pico_usd <= 0:
        return ""
    if explanation.excess_pico_usd <= 0:
        return _within_the_usual(max(spenders, key=lambda each: each.spent_pico_usd), explanation)
    largest = max(spenders, key=lambda each: each.excess_pico_usd)
    return f"largest contributor: {_name(largest)} {_amount(largest, explanation)}; {_why(explanation)}"


def _within_the_usual(largest: Contributor, explanation: Explanation) -> str:
    spent, total = usd(largest.spent_pico_usd), usd(explanation.spent_pico_usd)
    usual = usd(explanation.usual_pico_usd)
    return f"largest contributor: {_name(largest)} with {spent} of {total}; no more than usual ({usual})"


def _amount(largest: Contributor, explanation: Explanation) -> str:
    excess, total = largest.excess_pico_usd, explanation.excess_pico_usd
    if excess > total:  # others spent less than usual
        return f"with {usd(excess)} above its usual, {usd(total)} of excess in all"
    return f"with {usd(excess)} of {usd(total)} excess"


def _why(explanation: Explanation) -> str:
    """The one factor that makes most of it, or the two that make it together."""
    if not explanation.compared.scale:
        return "no earlier spend to compare with"
    order = sorted(FACTORS, key=lambda factor: -explanation.parts[factor])
    first, second = order[:2]
    largest, next_largest = explanation.parts[first], explanation.parts[second]
    if next_largest * 2 < largest:
        return f"mostly {WORDS[first]}"
    return f"{WORDS[first]} ({usd(largest)}) and {WORDS[second]} ({usd(next_largest)})"


def _name(contributor: Contributor) -> str:
    return " / ".join(plain(part) if part else NONE for part in contributor.key)


def plain(text: str) -> str:
    """A name as it may be shown: it comes from a span, so from anybody; no line break reaches a log or a pager."""
    return "".join(char if char.isprintable() else " " for char in text)[:LONGEST_NAME]
