"""``gemledger caches``: what each context cache cost and saved, whether to keep it; what Gemini caches by itself."""

import argparse
import json
import sys
from decimal import Decimal
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from gemledger_cli.addresses import DEFAULT_COLLECTOR_URL
from gemledger_cli.collector_api import ask

EXAMPLE = "gemledger caches --since 2026-11-01T00:00:00Z"

Json = dict[str, Any]
_UNKNOWN = "-"
_EXPLICIT = (
    ("cache", "left"),
    ("model", "left"),
    ("tokens", "right"),
    ("state", "left"),
    ("whose", "left"),
    ("paid $", "right"),
    ("reads", "right"),
    ("saved $", "right"),
    ("net $", "right"),
    ("reads/h", "right"),
    ("break-even/h", "right"),
    ("verdict", "left"),
)
_IMPLICIT = (
    ("feature", "left"),
    ("version", "left"),
    ("model", "left"),
    ("calls", "right"),
    ("prompt tokens", "right"),
    ("hit share", "right"),
    ("possible", "right"),
    ("saved $", "right"),
    ("could save $ (estimate)", "right"),
    ("too short", "right"),
)


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--json", action="store_true", help="print the collector's answer")
    parser.add_argument(
        "--implicit",
        action="store_true",
        help="what Gemini caches by itself, and what a stable beginning of the prompts would save",
    )
    parser.add_argument("--since", help="ISO 8601 (default 31 days ago, with --implicit 7)")
    parser.add_argument("--limit", type=int, default=50, help="rows shown (default %(default)s)")
    parser.add_argument(
        "--url", default=DEFAULT_COLLECTOR_URL, help="the collector (default %(default)s)"
    )


def run(arguments: argparse.Namespace) -> int:
    """Print the ledger of caches; 1 when the collector cannot be reached or refuses the question."""
    path = "/api/v1/caching" if arguments.implicit else "/api/v1/caches"
    parameters = {"since": arguments.since, "limit": arguments.limit}
    answer = ask("caches", arguments.url, path, parameters)
    if answer is None:
        return 1
    if arguments.json:
        print(json.dumps(answer, indent=2))
    elif arguments.implicit:
        _show_implicit(answer)
    else:
        _show_explicit(answer)
    return 0


def _show_explicit(answer: Json) -> None:
    if not answer["caches"]:
        print(f"no context cache has lived since {answer['since']}")
        return
    _print(_EXPLICIT, [_explicit(cache) for cache in answer["caches"]])
    for cache in answer["caches"]:
        if cache["verdict"] in ("delete", "extend") or cache["flags"]:
            said = ", ".join([cache["reason"], *cache["flags"]])
            print(f"{cache['verdict'] or 'look'} {_short(cache['name'])}: {said}")
    totals = answer["totals"]
    print(
        f"{totals['caches']:,} caches, {totals['live']:,} live, {totals['orphans']:,} read by nobody: "
        f"paid ${_usd(totals['paid_pico_usd'])}, saved ${_usd(totals['saved_pico_usd'])}, "
        f"net ${_usd(totals['net_pico_usd'])}"
    )
    if totals["unpriced_hours"]:
        print(f"{totals['unpriced_hours']:,} hours of storage have no price: more was paid")
    if answer["next_offset"] is not None:
        print("there are more: raise --limit", file=sys.stderr)


def _explicit(cache: Json) -> list[str]:
    """One row."""
    tokens = cache["tokens"]
    return [
        _short(cache["name"]),
        cache["model"],
        _UNKNOWN if tokens is None else f"{tokens:,}",
        cache["state"],
        "/".join(cache[name] or _UNKNOWN for name in ("team", "feature")),
        _usd(cache["paid_pico_usd"]),
        f"{cache['reads']:,}",
        _usd(cache["saved_pico_usd"]),
        _usd(cache["net_pico_usd"]),
        cache["reads_per_hour"] or _UNKNOWN,
        cache["break_even_reads_per_hour"] or _UNKNOWN,
        cache["verdict"] or _UNKNOWN,
    ]


def _show_implicit(answer: Json) -> None:
    if not answer["rows"]:
        print(f"no prompt was sent since {answer['since']}")
        return
    _print(_IMPLICIT, [_implicit(row) for row in answer["rows"]])
    totals = answer["totals"]
    print(
        f"{totals['hit_share']:.1%} of {totals['prompt_tokens']:,} prompt tokens were cached: saved "
        f"${_usd(totals['saved_pico_usd'])}; a stable beginning could save "
        f"${_usd(totals['could_save_pico_usd'])} more (an estimate: each feature's best hour, all the time)"
    )
    if totals["short_calls"]:
        print(
            f"{totals['short_calls']:,} of {totals['seen_calls']:,} prompts are too short to be cached"
        )


def _implicit(row: Json) -> list[str]:
    """One row."""
    possible = row["possible_share"]
    return [
        row["feature"] or _UNKNOWN,
        row["prompt_version"] or _UNKNOWN,
        row["model"],
        f"{row['calls']:,}",
        f"{row['prompt_tokens']:,}",
        f"{row['hit_share']:.1%}",
        _UNKNOWN if possible is None else f"{possible:.1%}",
        _usd(row["saved_pico_usd"]),
        _usd(row["could_save_pico_usd"]),
        f"{row['short_calls']:,}",
    ]


def _print(columns: tuple[tuple[str, Any], ...], rows: list[list[str]]) -> None:
    table = Table(box=box.SIMPLE_HEAD)
    for name, justify in columns:
        table.add_column(name, justify=justify, overflow="fold")
    for row in rows:
        table.add_row(*row)
    Console().print(table)


def _short(name: str) -> str:
    return name.removeprefix("cachedContents/")


def _usd(pico: str | None) -> str:
    """US dollars to a hundredth of a cent, from picodollars in decimal."""
    return _UNKNOWN if pico is None else f"{Decimal(pico).scaleb(-12):,.4f}"
