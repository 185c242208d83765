"""``gemledger alerts backtest``: what rules would have told whom, over what a collector has stored."""

import argparse
import json
import os
import sys
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from gemledger_cli.addresses import DEFAULT_COLLECTOR_URL
from gemledger_cli.alerting.quantities import in_words
from gemledger_cli.collector_api import send
from gemledger_collector.config import load
from gemledger_collector.config_file import read_document, substituted
from gemledger_collector.errors import ConfigError

NAME = "backtest"
HELP = "what rules and budgets would have told whom, over what is stored"
EXAMPLE = """gemledger alerts backtest --since 2026-11-01T00:00:00Z
  gemledger alerts backtest --config otel-config.yaml --rule hourly-cost"""
PATH = "/api/v1/alerts/backtest"
NOWHERE = "https://backtest.invalid"


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "--config", type=Path, help="a file to try (default: what the collector runs with)"
    )
    parser.add_argument("--since", metavar="TIME", help="ISO 8601 (default a week before --until)")
    parser.add_argument("--until", metavar="TIME", help="ISO 8601, exclusive (default now)")
    parser.add_argument(
        "--rule", action="append", default=[], metavar="NAME", help="only this one; may be repeated"
    )
    parser.add_argument("--json", action="store_true", help="print the collector's answer")
    parser.add_argument(
        "--url", default=DEFAULT_COLLECTOR_URL, help="the collector (default %(default)s)"
    )


def run(arguments: argparse.Namespace) -> int:
    """0 with the report, whatever fired; 1 when the collector refuses; 2 when the file is not valid."""
    try:
        section = None if arguments.config is None else _section(arguments.config)
    except ConfigError as error:
        print(f"gemledger alerts backtest: {error}", file=sys.stderr)
        return 2
    asked = {
        "since": arguments.since,
        "until": arguments.until,
        "alerts": section,
        "names": arguments.rule,
    }
    body = {name: value for name, value in asked.items() if value is not None}
    answer = send("alerts backtest", arguments.url, PATH, body)
    if answer is None:
        return 1
    if arguments.json:
        print(json.dumps(answer, indent=2))
    else:
        _show(answer)
    return 0


def _section(path: Path) -> dict[str, Any]:
    """The alerts of a valid file, as they are written; where channels lead to stays on this machine."""
    load(path, os.environ)
    document = substituted(read_document(path), os.environ, "", [])
    section: dict[str, Any] = (document.get("extensions") or {}).get("alerts") or {}
    channels = [_without_address(channel) for channel in section.get("channels") or ()]
    return {**section, "channels": channels}


def _without_address(channel: dict[str, Any]) -> dict[str, Any]:
    kind = "alertmanager" if channel["type"] == "alertmanager" else "webhook"
    hears = channel.get(
        "send_resolved", channel["type"] in {"webhook", "pagerduty", "alertmanager"}
    )
    return {"name": channel["name"], "type": kind, "url": NOWHERE, "send_resolved": hears}


def _show(answer: dict[str, Any]) -> None:
    minutes = answer["grain_seconds"] // 60
    print(f"{answer['since']} to {answer['until']}, looked at every {minutes} minutes")
    if answer["fired"]:
        Console().print(_fired(answer["fired"]))
    if answer["notifications"]:
        Console().print(_sent(answer["notifications"]))
    print(
        f"{answer['fired_count']:,} would have fired, in {answer['notification_count']:,} messages"
    )
    for each in answer["untested"]:
        print(f"not tested: {each['name']}: {each['why']}")


def _fired(alerts: list[dict[str, Any]]) -> Table:
    table = _table("alert", "from", "until", "value", "limit")
    own = {"alertname", "rule", "kind", "severity", "threshold_percent"}
    for each in alerts:
        step = each["labels"].get("threshold_percent")
        labels = [f"{key}={value}" for key, value in each["labels"].items() if key not in own]
        table.add_row(
            " ".join([each["rule"], *([f"{step} %"] if step else []), *labels]),
            *(each["firing_since"], each["resolved_at"] or "goes on"),
            *(in_words(each[key], each["unit"]) for key in ("value", "limit")),
        )
    return table


def _sent(messages: list[dict[str, Any]]) -> Table:
    table = _table("at", "channel", "status", "about", "why")
    for each in messages:
        about = ", ".join(sorted(set(each["alerts"])))
        table.add_row(each["at"], each["channel"], each["status"], about, each["reason"])
    return table


def _table(*names: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD)
    for name in names:
        table.add_column(
            name, overflow="fold", justify="right" if name in ("value", "limit") else "left"
        )
    return table
