"""What the Overview asks: one question. Pure."""

from datetime import UTC, datetime

from gemledger_dashboard import questions
from gemledger_dashboard.frame.client import Question
from gemledger_dashboard.overview import overview_answers, overview_parsing


def overview(
    at: datetime | None, zone: str, month_starts_on: int, only: questions.Only
) -> Question[overview_answers.Overview]:
    """How things stand, at a moment or now."""
    fixed = () if at is None else (("at", f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"),)
    calendar = (("timezone", zone), ("month_starts_on", str(month_starts_on)))
    params = (*fixed, *calendar, *questions.narrowed(only))
    return Question("/api/v1/overview", params, overview_parsing.overview)
