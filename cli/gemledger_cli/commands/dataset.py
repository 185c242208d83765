"""``gemledger dataset``: captured answers with what was said of them, as a file to evaluate, label or train with."""

import argparse
import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from gemledger_cli.addresses import DEFAULT_COLLECTOR_URL
from gemledger_cli.collector_http import http_client
from gemledger_cli.datasets.wanted import FORMATS, AnswersWanted, Place
from gemledger_cli.datasets.writing import write_manifest, write_rows
from gemledger_cli.exporting.days import date_argument, fetch
from gemledger_cli.exporting.fetching import RefusedError, reason_of
from gemledger_cli.exporting.parts import OtherExportError, Parts

EXAMPLE = (
    "gemledger dataset --out bad-answers.jsonl --since 2026-11-01 --label bad --dimension accuracy"
)

FILTERS = (
    *("feature", "team", "prompt_version", "model"),
    *("label", "by", "dimension", "min_score", "max_score", "thumbs"),
)
USUAL_DAYS = 30
LABELS = ("good", "bad", "cannot_tell")


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "--out",
        type=Path,
        required=True,
        metavar="DIR|FILE",
        help="a folder, or a file that ends in .jsonl or .parquet; manifest.json comes beside it",
    )
    parser.add_argument(
        "--since",
        type=date_argument,
        metavar="DATE",
        help=f"default: {USUAL_DAYS} days before --until",
    )
    parser.add_argument(
        "--until",
        type=date_argument,
        metavar="DATE",
        help="exclusive (default: tomorrow; days of UTC)",
    )
    for name in ("feature", "team", "prompt-version", "model"):
        parser.add_argument(f"--{name}", metavar="VALUE", help="only answers with this one")
    _configure_what_was_said(parser)
    parser.add_argument(
        "--limit", type=_count, metavar="N", help="N of them, drawn by a hash of their ids"
    )
    parser.add_argument("--format", choices=FORMATS, help="in a folder (default jsonl)")
    parser.add_argument("--json", action="store_true", help="print what was written as an object")
    parser.add_argument(
        "--url", default=DEFAULT_COLLECTOR_URL, help="the collector (default %(default)s)"
    )


def _configure_what_was_said(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--label", choices=LABELS, help="only answers that were found so")
    parser.add_argument(
        "--by", choices=("judge", "human"), help="who found so (default judge; checks are judges)"
    )
    parser.add_argument("--dimension", metavar="NAME", help="in which dimension, such as accuracy")
    for name in ("min-score", "max-score"):
        parser.add_argument(
            f"--{name}", type=float, metavar="SHARE", help="of a judge's verdict, 0 to 1"
        )
    parser.add_argument("--thumbs", choices=("up", "down"), help="only answers with such feedback")


def run(arguments: argparse.Namespace) -> int:
    """Write the data set. 1: broken off, run the same again to go on; 2: the arguments make none."""
    try:
        place = Place.of(arguments.out, arguments.format)
        wanted = _wanted(arguments, place)
        rows = _written(arguments, wanted, place)
    except (ValueError, OtherExportError) as error:
        return _complain(str(error), 2)
    except RefusedError as error:
        return _complain(str(error), 1)
    except (httpx.TransportError, httpx.InvalidURL) as error:
        return _complain(
            f"no collector answers at {arguments.url} ({error}); run the same command again to go on "
            "where it stopped",
            1,
        )
    except OSError as error:
        return _complain(f"{arguments.out} cannot be written ({error})", 1)
    _tell(place, rows, as_json=arguments.json)
    return 0


def _wanted(arguments: argparse.Namespace, place: Place) -> AnswersWanted:
    until = arguments.until or datetime.now(UTC).date() + timedelta(days=1)
    since = arguments.since or until - timedelta(days=USUAL_DAYS)
    if until <= since:
        raise ValueError("--until is not after --since; it is exclusive: the day after the last")
    given = ((name, getattr(arguments, name)) for name in FILTERS)
    filters = tuple((name, str(value)) for name, value in given if value is not None)
    return AnswersWanted("answers", since, until, "UTC", place.rows, filters)


def _written(arguments: argparse.Namespace, wanted: AnswersWanted, place: Place) -> int:
    place.rows.parent.mkdir(parents=True, exist_ok=True)
    with http_client(arguments.url, timeout_seconds=120) as http:
        told = _told(http)
        parts = Parts.of(wanted)
        fetch(http, wanted, parts)
    rows = write_rows(parts.files(wanted), place.rows, arguments.limit)
    days = {"since": wanted.since.isoformat(), "until": wanted.until.isoformat()}
    filters = {**days, **dict(wanted.filters), "limit": arguments.limit}
    now = datetime.now(UTC)
    write_manifest(place.manifest, place.rows, told, filters=filters, rows=rows, now=now)
    parts.remove()
    return rows


def _told(http: httpx.Client) -> dict[str, Any]:
    answer = http.get("/api/v1/datasets")
    if answer.status_code != httpx.codes.OK:
        raise RefusedError(reason_of(answer))
    told: dict[str, Any] = answer.json()
    return told


def _tell(place: Place, rows: int, *, as_json: bool) -> None:
    if as_json:
        told = {"output": str(place.rows), "manifest": str(place.manifest), "rows": rows}
        print(json.dumps(told))
        return
    if rows == 0:
        hint = "is content captured (docs/privacy.md), and does the filter leave any?"
        print(f"{place.rows}: no answer; {hint}")
        return
    size = place.rows.stat().st_size
    print(f"{place.rows}: {rows:,} answers, {size:,} bytes; what it is: {place.manifest}")


def _count(text: str) -> int:
    if not text.isdigit() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of answers; give 1 or more")
    return int(text)


def _complain(message: str, code: int) -> int:
    print(f"gemledger dataset: {message}", file=sys.stderr)
    return code
