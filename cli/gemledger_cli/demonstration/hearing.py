"""What the demo's webhook hears, told at the terminal and kept for the summary."""

from datetime import UTC, datetime
from typing import Any

from gemledger_cli.terminal import ERRORS


def announce(body: dict[str, Any]) -> None:
    """One line for a notification that arrived."""
    told = heard(body)
    cause = f"; {told['cause']}" if told["cause"] and told["status"] == "firing" else ""
    say(f"the webhook heard: {told['status']}: {told['summary']}{cause}")


def say(line: str) -> None:
    """A line with the time of day of UTC before it."""
    ERRORS.print(
        f"{datetime.now(UTC):%H:%M:%S}  {line}", highlight=False, markup=False, soft_wrap=True
    )


def heard(body: dict[str, Any]) -> dict[str, Any]:
    """A notification as the summary shows it."""
    alert = body["alerts"][0]
    return {
        "rule": alert["labels"]["rule"],
        "status": body["status"],
        "summary": alert["annotations"].get("summary", ""),
        "cause": alert["annotations"].get("cause", ""),
        "promise": alert["annotations"].get("promise", ""),
    }
