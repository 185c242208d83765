"""``gemledger token new``: an access token, shown once, and the line of configuration that lets it in."""

import argparse
import json
import re

from gemledger_collector.access import SCOPES
from gemledger_collector.tokens import TokenHash, new_secret

EXAMPLE = "gemledger token new shop --scopes ingest,read"

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,62}")


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="new")
    new = actions.add_parser("new", help="print a new token and the line for otel-config.yaml")
    new.add_argument("name", type=_name, help="whose it is, such as the app that sends with it")
    new.add_argument(
        "--scopes",
        type=_scopes,
        default=("ingest",),
        help=f"some of {','.join(SCOPES)} (default ingest)",
    )
    new.add_argument("--expires", help="from then on it is refused, such as 2027-01-31")
    new.add_argument("--json", action="store_true", help="print it as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Print the secret, which nobody can print again, and what to configure."""
    secret = new_secret()
    entry = {"name": arguments.name, "hash": str(TokenHash.of(secret))}
    listed = ", ".join(arguments.scopes)
    expires = f", expires: {arguments.expires}" if arguments.expires else ""
    if arguments.json:
        shown = {**entry, "scopes": list(arguments.scopes), "expires": arguments.expires}
        print(json.dumps({"secret": secret, "entry": shown}, indent=2))
        return 0
    print(
        f"{secret}\n\n"
        "This is the only time it is shown. The collector needs its hash only, in otel-config.yaml below\n"
        "extensions.api.tokens (then start it, or send it SIGHUP):\n\n"
        f'      - {{name: {entry["name"]}, scopes: [{listed}]{expires}, hash: "{entry["hash"]}"}}\n\n'
        "An app:   OTEL_EXPORTER_OTLP_HEADERS=Authorization=Bearer%20<the token>\n"
        "A person: GEMLEDGER_TOKEN=<the token>"
    )
    return 0


def _name(text: str) -> str:
    if _NAME.fullmatch(text) is None:
        raise argparse.ArgumentTypeError("write letters, digits, _ . -, at most 63")
    return text


def _scopes(text: str) -> tuple[str, ...]:
    scopes = tuple(part.strip() for part in text.split(","))
    for scope in scopes:
        if scope not in SCOPES:
            raise argparse.ArgumentTypeError(
                f"{scope!r} is no scope; known are {', '.join(SCOPES)}"
            )
    return scopes
