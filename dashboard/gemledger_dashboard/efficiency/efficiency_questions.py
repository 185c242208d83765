"""What the page about efficiency asks of the collector."""

from datetime import UTC, timedelta

from gemledger_dashboard.efficiency import efficiency_answers
from gemledger_dashboard.efficiency.efficiency_answers import Caches, Conversation, Reuse, Waste
from gemledger_dashboard.frame.client import Question
from gemledger_dashboard.frame.filters import Window
from gemledger_dashboard.questions import Only, narrowed

CACHING_DAYS = 92
"""The collector reads so many days of calls, at most, for what Gemini caches by itself."""
MOST_ROWS = 100
OF_CONVERSATIONS = ("team", "feature")
"""What conversations can be narrowed to."""


def waste(window: Window, only: Only) -> Question[Waste]:
    """What was paid and may not have had to be."""
    params = (*window.bounds(), *narrowed(only))
    return Question("/api/v1/waste", params, efficiency_answers.waste)


def caches(window: Window) -> Question[Caches]:
    """Context caches that lived at the beginning of a window or later."""
    params = (*window.bounds()[:1], ("limit", str(MOST_ROWS)))
    return Question("/api/v1/caches", params, efficiency_answers.caches)


def caching(window: Window) -> Question[tuple[Reuse, ...]]:
    """What Gemini cached by itself, in the last 92 days of a window."""
    since = max(window.since, window.until - timedelta(days=CACHING_DAYS))
    begin = since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    params = (("since", begin), *window.bounds()[1:], ("limit", str(MOST_ROWS)))
    return Question("/api/v1/caching", params, efficiency_answers.caching)


def conversations(window: Window, only: Only) -> Question[tuple[Conversation, ...]]:
    """The dearest conversations of a window."""
    kept = {name: values for name, values in only.items() if name in OF_CONVERSATIONS}
    params = (*window.bounds(), ("limit", str(MOST_ROWS)), *narrowed(kept))
    return Question("/api/v1/conversations", params, efficiency_answers.conversations)
