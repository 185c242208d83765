"""What an alert knows of its cause, read for messages: who is behind it, what is usual, a forecast; pure.

Reads the JSON of ``Alert.evidence`` (``alerts/cause`` writes it) and takes what it understands: a message must not
fail over a detail.
"""

import json
from collections.abc import Mapping
from typing import Any

from gemledger_collector.alerts.alert import Alert
from gemledger_collector.alerts.channels.texts import plain
from gemledger_collector.alerts.quantities import usd

MOST_CONTRIBUTORS = 3
_NO_NAME = "(none)"

Told = Mapping[str, Any]


def contributors(alert: Alert) -> list[str]:
    """The largest contributors to the excess, one line each, at most three."""
    largest = _below(_below(_evidence(alert), "contributors"), "payer").get("largest")
    listed = largest if isinstance(largest, list) else []
    lines = [_line(each) for each in listed if isinstance(each, dict)]
    return [line for line in lines if line][:MOST_CONTRIBUTORS]


def usual(alert: Alert) -> str | None:
    """What the same traffic usually costs, in words; None where that is not known."""
    told = plain(alert.annotations.get("usual", ""))
    amount = _integer(_evidence(alert).get("usual_pico_usd"))
    return told or (None if amount is None else usd(amount))


def forecast(alert: Alert) -> str | None:
    """What the period will probably cost, in words; None where nobody foresaw it."""
    told = (alert.annotations.get(name, "") for name in ("forecast", "projection"))
    amount = _integer(_below(_evidence(alert), "forecast").get("expected_pico_usd"))
    return next((plain(each) for each in told if each), None if amount is None else usd(amount))


def signed_usd(pico_usd: int) -> str:
    """An amount with its sign in front of the dollar."""
    return f"-{usd(-pico_usd)}" if pico_usd < 0 else f"+{usd(pico_usd)}"


def _line(contributor: Told) -> str:
    amount = _integer(contributor.get("excess_pico_usd"))
    names = [
        plain(value or _NO_NAME, 100)
        for name, value in contributor.items()
        if not name.endswith("_pico_usd") and (value is None or isinstance(value, str))
    ]
    return f"{' / '.join(names)}: {signed_usd(amount)}" if names and amount is not None else ""


def _integer(written: object) -> int | None:
    if isinstance(written, str) and written.removeprefix("-").isdecimal() and len(written) < 40:
        return int(written)
    return None


def _below(told: Told, name: str) -> Told:
    found = told.get(name)
    return found if isinstance(found, dict) else {}


def _evidence(alert: Alert) -> Told:
    try:
        told = json.loads(alert.evidence or "{}")
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}
