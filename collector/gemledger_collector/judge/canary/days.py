"""On which day a canary set is due; pure."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from gemledger_collector.judge_config.canary import CanaryConfig


def due_day(config: CanaryConfig, now_unix_nano: int) -> str | None:
    """The day, of the set's time zone, that is to be graded now; None before its time of day."""
    zone = ZoneInfo(config.timezone)
    local = datetime.fromtimestamp(now_unix_nano // 10**9, UTC).astimezone(zone)
    return local.date().isoformat() if local.time() >= config.at else None
