"""``gemledger alerts list``: what is open, and what was."""

import argparse
import json
from typing import Any

from gemledger_cli.addresses import DEFAULT_COLLECTOR_URL
from gemledger_cli.alerting.quantities import in_words
from gemledger_cli.collector_api import ask

NAME = "list"
HELP = "what is open: since when, value against limit, cause, and who keeps it quiet"
EXAMPLE = """gemledger alerts list
  gemledger alerts list --all --since 2026-11-01T00:00:00Z"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--all", action="store_true", help="also those that ended")
    parser.add_argument(
        "--since", metavar="TIME", help="with --all: ISO 8601 (default 30 days ago)"
    )
    parser.add_argument("--json", action="store_true", help="print the alerts as JSON")
    parser.add_argument(
        "--url", default=DEFAULT_COLLECTOR_URL, help="the collector (default %(default)s)"
    )


def run(arguments: argparse.Namespace) -> int:
    """0 with the list, however long; 1 when the collector cannot be reached or refuses the question."""
    asked = {"since": arguments.since, "limit": 10_000}
    answer = ask("alerts list", arguments.url, "/api/v1/alerts", asked)
    if answer is None:
        return 1
    found = [each for each in answer["alerts"] if arguments.all or each["state"] != "resolved"]
    if arguments.json:
        print(json.dumps({"alerts": found}, indent=2))
    elif not found:
        print("no alert in this time" if arguments.all else "nothing is open")
    else:
        for alert in found:
            _show(alert)
    return 0


def _show(alert: dict[str, Any]) -> None:
    """State, name, value and id in one line; below it why, and what keeps it quiet."""
    value, limit = (in_words(alert[key], alert["unit"]) for key in ("value", "limit"))
    since = (alert["firing_since"] or alert["started_at"])[:19] + "Z"
    print(
        f"{alert['state']:<8} {_name(alert)}: {value} against {limit} since {since}  {alert['fingerprint']}"
    )
    if alert["cause"] or alert["reason"]:
        print(f"         {alert['cause'] or alert['reason']}")
    for mute in alert["muted_by"]:
        print(f"         nobody is told: {_mute(mute)}")


def _name(alert: dict[str, Any]) -> str:
    own = {"alertname", "rule", "kind", "severity", "threshold_percent"}
    labels = (f"{key}={value}" for key, value in alert["labels"].items() if key not in own)
    step = "" if alert["threshold_percent"] is None else f" {alert['threshold_percent']} %"
    return " ".join([f"{alert['rule']}{step}", *labels])


def _mute(mute: dict[str, str]) -> str:
    where = f" on {mute['channel']}" if mute["channel"] else ""
    return f"{mute['by']} {mute['name']}{where} ({mute['words']})"
