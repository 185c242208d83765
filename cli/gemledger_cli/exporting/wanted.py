"""What is to be exported, and the days it consists of."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

FILTERS = ("team", "cost_center", "feature", "environment", "model", "service", "label")


@dataclass(frozen=True, slots=True)
class Day:
    """One day of the zone: its date and its bounds in UTC, the end exclusive."""

    date: date
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Wanted:
    """A dataset between two dates (``until`` exclusive), filtered, into a file."""

    dataset: str
    since: date
    until: date
    timezone: str
    output: Path
    filters: tuple[tuple[str, str], ...]

    @property
    def parts(self) -> Path:
        """Where the days lie until all are there."""
        return self.output.with_name(f"{self.output.name}.parts")

    @property
    def path(self) -> str:
        """Whom to ask."""
        return f"/api/v1/export/{self.dataset}"

    def parameters(self, day: Day) -> dict[str, str]:
        """What to ask for one day."""
        return {
            "since": day.start.isoformat(),
            "until": day.end.isoformat(),
            "timezone": self.timezone,
            **dict(self.filters),
        }

    @property
    def description(self) -> dict[str, object]:
        """What makes parts of one export not those of another."""
        return {
            "dataset": self.dataset,
            "since": self.since.isoformat(),
            "until": self.until.isoformat(),
            "timezone": self.timezone,
            "filters": dict(self.filters),
        }

    def days(self) -> Iterator[Day]:
        """Every day, as the zone has it."""
        zone = ZoneInfo(self.timezone)
        day = self.since
        while day < self.until:
            following = day + timedelta(days=1)
            yield Day(day, _midnight(day, zone), _midnight(following, zone))
            day = following


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)
