"""What the page about times and errors asks of the collector."""

from gemledger_dashboard.frame.client import Question
from gemledger_dashboard.frame.filters import Window
from gemledger_dashboard.latency import latency_answers
from gemledger_dashboard.questions import Bucket, Only, broken_down, narrowed


def latency(
    window: Window, bucket: Bucket, by: str, *, only: Only, failed: bool
) -> Question[latency_answers.Latency]:
    """How long calls took; without failed ones where `failed` is false."""
    params = (*broken_down(window, bucket, by), *narrowed(only))
    kept = params if failed else (*params, ("failed", "false"))
    return Question("/api/v1/latency", kept, latency_answers.latency)


def errors(
    window: Window, bucket: Bucket, by: str, *, only: Only
) -> Question[latency_answers.Errors]:
    """What went wrong, by kind, and what it cost."""
    params = (*broken_down(window, bucket, by), *narrowed(only))
    return Question("/api/v1/errors", params, latency_answers.errors)


def rate_limits() -> Question[latency_answers.RateLimits]:
    """What is used of rate limits now, by model, project and key."""
    return Question("/api/v1/rate-limits", (), latency_answers.rate_limits)
