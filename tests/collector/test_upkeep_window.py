"""When upkeep writes the file anew by itself."""

from datetime import UTC, datetime

import pytest

from gemledger_collector.exporters_config import Compaction, parse_window
from gemledger_collector.upkeep.compaction import open_since, worth_it


def at(text: str) -> int:
    """Unix nanoseconds of a time in UTC."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 10**9


@pytest.mark.parametrize(
    ("window", "zone", "now", "since"),
    [
        ("03:00-05:00", "UTC", "2026-11-01T02:59:59", None),
        ("03:00-05:00", "UTC", "2026-11-01T03:00:00", "2026-11-01T03:00:00"),
        ("03:00-05:00", "UTC", "2026-11-01T05:00:00", None),
        ("03:00-05:00", "Europe/Berlin", "2026-11-01T02:30:00", "2026-11-01T02:00:00"),
        ("23:00-01:00", "UTC", "2026-11-01T00:30:00", "2026-10-31T23:00:00"),
        ("23:00-01:00", "UTC", "2026-11-01T23:30:00", "2026-11-01T23:00:00"),
    ],
)
def test_a_window_is_open_from_one_time_of_day_to_another(
    window: str, zone: str, now: str, since: str | None
) -> None:
    """In its own time zone, over midnight, too."""
    found = open_since(parse_window(window), zone, at(now))
    assert found == (None if since is None else at(since))


def test_a_file_is_written_anew_where_a_fifth_is_unused() -> None:
    """And that is not next to nothing."""
    assert worth_it(file_bytes=10**9, used=7 * 10**8)
    assert not worth_it(file_bytes=10**9, used=9 * 10**8)
    assert not worth_it(file_bytes=10**7, used=10**6)


def test_a_window_that_is_none_is_refused() -> None:
    """With what would be accepted."""
    with pytest.raises(ValueError, match="write two times of day, such as 03:00-05:00"):
        Compaction.model_validate({"window": "at night"})
