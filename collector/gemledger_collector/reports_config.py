"""``extensions.reports`` of the configuration file: which report is sent when, and where to."""

import re
from collections.abc import Sequence
from datetime import time
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from gemledger_collector.alerts_config import LOG, AlertsConfig
from gemledger_collector.config_values import Listed, Name, Strict, Zone

CARRYING = ("email", "slack", "webhook", "apprise")
"""Types of channels that can carry a report; an Alertmanager and PagerDuty know nothing but alerts."""
_CLOCK = re.compile(r"(?P<hour>[01]\d|2[0-3]):(?P<minute>[0-5]\d)")


def _parse_time(written: object) -> time:
    if isinstance(written, time):
        return written
    found = _CLOCK.fullmatch(written) if isinstance(written, str) else None
    if found is None:
        raise ValueError(
            f"{written!r} is no time of day; write it in quotes, such as '07:00' (24 hours)"
        )
    return time(int(found["hour"]), int(found["minute"]))


class ReportConfig(Strict):
    """A report of the day before, sent every day ``at`` a time of its zone; ``format`` is that of e-mails.

    One that was missed is sent as soon as there is a collector again, on the same day; none is sent twice.
    """

    name: Name
    at: Annotated[time, BeforeValidator(_parse_time)] = time(7, 0)
    timezone: Zone = "UTC"
    channels: Annotated[Listed[str], Field(min_length=1)]
    format: Literal["html", "markdown"] = "html"


Reports = Listed[ReportConfig]


def require_carriers(reports: Sequence[ReportConfig], alerts: AlertsConfig) -> None:
    """Raises ValueError where a report's name is taken, or a channel is not there or cannot carry it."""
    names = [report.name for report in reports]
    doubled = sorted({name for name in names if names.count(name) > 1})
    if doubled:
        raise ValueError(f"reports share the name {doubled[0]!r}; give each its own")
    types: dict[str, str] = {channel.name: channel.type for channel in alerts.channels}
    for report in reports:
        for channel in report.channels:
            _require_carrier(report.name, channel, types)


def _require_carrier(report: str, channel: str, types: dict[str, str]) -> None:
    if channel == LOG:
        return
    if channel not in types:
        there = ", ".join(sorted({LOG, *types}))
        raise ValueError(f"report {report!r} names the channel {channel!r}; there is only {there}")
    if types[channel] not in CARRYING:
        raise ValueError(
            f"report {report!r} names the channel {channel!r} of type {types[channel]}, which carries alerts only; "
            f"name one of type {', '.join(CARRYING)}, or log"
        )
