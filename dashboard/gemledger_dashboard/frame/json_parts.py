"""What the collector's JSON is made of: moments, keys, texts. Pure; what is not as agreed raises."""

from collections.abc import Mapping
from datetime import datetime

from gemledger_dashboard.spend.sums import Json


def keys(row: Json, by: tuple[str, ...]) -> Mapping[str, str | None]:
    """A group's keys; an empty one was not set."""
    return {name: row[name] or None for name in by}


def texts(labels: Json) -> Mapping[str, str]:
    """Labels that have a value."""
    return {str(name): str(value) for name, value in labels.items() if value is not None}


def moment(text: str | None) -> datetime | None:
    """An instant of the API, where there is one."""
    return None if text is None else datetime.fromisoformat(text)
