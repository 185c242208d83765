"""``gemledger batches``: the ledger of jobs: batches, videos, background interactions, tunings."""

import argparse
import json
from decimal import Decimal
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from gemledger_cli.addresses import DEFAULT_COLLECTOR_URL
from gemledger_cli.collector_api import ask

EXAMPLE = "gemledger batches --state overdue"

_STATES = (
    *("pending", "running", "ready", "settling", "settled"),
    *("overdue", "failed", "cancelled", "expired"),
)
_KINDS = ("batch", "video", "interaction", "tuning")
_STYLES = {"overdue": "bold red", "failed": "red", "ready": "yellow", "settled": "green"}

Json = dict[str, Any]


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("name", nargs="?", help="one job by Google's name, with its charges")
    parser.add_argument("--state", choices=_STATES, help="only jobs in this state")
    parser.add_argument("--kind", choices=_KINDS, help="only jobs of this kind")
    parser.add_argument("--since", metavar="TIME", help="submitted since, like 2026-11-01")
    parser.add_argument("--until", metavar="TIME", help="submitted before")
    parser.add_argument(
        "--limit", type=int, default=50, help="the newest so many (default %(default)s)"
    )
    parser.add_argument("--json", action="store_true", help="print an array of objects")
    parser.add_argument(
        "--url", default=DEFAULT_COLLECTOR_URL, help="the collector (default %(default)s)"
    )


def run(arguments: argparse.Namespace) -> int:
    """Print the ledger; 1 when the collector cannot be reached, or knows no such job."""
    path = "/api/v1/batches" + (f"/{arguments.name}" if arguments.name else "")
    asked = () if arguments.name else ("state", "kind", "since", "until", "limit")
    parameters = {name: getattr(arguments, name) for name in asked}
    answer = ask("batches", arguments.url, path, parameters)
    if answer is None:
        return 1
    show = _show_one if arguments.name else _show_all
    show(answer, as_json=arguments.json)
    return 0


def _show_all(answer: Json, *, as_json: bool) -> None:
    jobs, totals = answer["jobs"], answer["totals"]
    if as_json:
        print(json.dumps(jobs, indent=2))
        return
    if not jobs:
        print("no jobs; a batch, a video or a background interaction appears when it is created")
        return
    console = Console()
    console.print(_ledger(jobs))
    states = ", ".join(f"{count} {state}" for state, count in totals["by_state"].items())
    shown = "" if len(jobs) == totals["jobs"] else f"; the newest {len(jobs)} are shown"
    noun = "job" if totals["jobs"] == 1 else "jobs"
    console.print(f"{totals['jobs']} {noun}: {states}{shown}", highlight=False)
    console.print(
        f"settled {_usd(totals['cost_pico_usd'])} | committed {_usd(totals['committed_pico_usd'])}"
        f" | overdue {_usd(totals['overdue_pico_usd'])} | {totals['unpriced_jobs']} unpriced",
        highlight=False,
    )


def _ledger(jobs: list[Json]) -> Table:
    table = Table(box=box.SIMPLE_HEAD)
    for name in ("Job", "State", "Submitted", "Age", "Team", "Model"):
        table.add_column(name, overflow="fold")
    for name in ("Lines", "Expected", "Cost"):
        table.add_column(name, justify="right", overflow="fold")
    for job in jobs:
        table.add_row(
            job["name"],
            Text(job["state"], _STYLES.get(job["state"], "")),
            _minute(job["submitted_at"]),
            _age(job["age_seconds"]),
            job["team"] or "-",
            job["model"] or "-",
            _lines(job),
            _usd(job["expected_pico_usd"]),
            _cost(job),
        )
    return table


def _show_one(job: Json, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps([job], indent=2))
        return
    facts = {
        "state": job["state"]
        + (f" (Google: {job['google_state']})" if job["google_state"] else ""),
        "submitted": f"{_minute(job['submitted_at'])} by {_payer(job)}",
        "settled": _minute(job["settled_at"]),
        "lines": _lines(job),
        "expected": _usd(job["expected_pico_usd"]),
        "cost": _cost(job),
    }
    width = max(map(len, facts))
    print(job["name"])
    for name, value in facts.items():
        print(f"  {name:<{width}}  {value}")
    if job["charges"]:
        Console().print(_charges(job["charges"]))


def _charges(charges: list[Json]) -> Table:
    table = Table(box=box.SIMPLE_HEAD)
    for name in ("Charge", "Model", "Tier", "Status"):
        table.add_column(name, overflow="fold")
    for name in ("Lines", "In", "Out", "Cost"):
        table.add_column(name, justify="right")
    for charge in charges:
        table.add_row(
            charge["settlement_id"].rpartition(":")[2],
            charge["model"] or "-",
            charge["service_tier"] or "-",
            charge["cost_status"],
            str(charge["calls"]),
            _count(charge["input_tokens"]),
            _count(charge["output_tokens"]),
            _usd(charge["cost_pico_usd"]),
        )
    return table


def _payer(job: Json) -> str:
    return " / ".join(job[name] for name in ("team", "feature", "service_name") if job[name]) or "-"


def _lines(job: Json) -> str:
    """How many requests, and what became of them."""
    if job["results_ok"] is None:
        return _count(job["requests"])
    bad = {name: job[f"results_{name}"] for name in ("failed", "broken") if job[f"results_{name}"]}
    told = "".join(f", {count} {name}" for name, count in bad.items())
    return f"{job['results_ok']} ok{told}"


def _cost(job: Json) -> str:
    if job["cost_status"] in (None, "exact"):
        return _usd(job["cost_pico_usd"])
    if job["cost_pico_usd"] is None:
        return str(job["cost_status"])
    return f"{_usd(job['cost_pico_usd'])} {job['cost_status'].replace('_', ' ')}"


def _usd(pico: str | None) -> str:
    """Dollars to read: six decimals, for a job costs cents."""
    return "-" if pico is None else f"${Decimal(pico) / 10**12:,.6f}"


def _count(number: int | None) -> str:
    return "-" if number is None else f"{number:,}"


def _minute(moment: str | None) -> str:
    return "-" if moment is None else moment[:16].replace("T", " ")


def _age(seconds: int) -> str:
    """The largest unit that fits, and the next."""
    days, hours, minutes = seconds // 86_400, seconds // 3600 % 24, seconds // 60 % 60
    if days:
        return f"{days}d {hours}h"
    return f"{hours}h {minutes}m" if hours else f"{minutes}m"
