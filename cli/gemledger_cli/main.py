"""The ``gemledger`` command: a table of commands, each imported only when it is asked for.

The bare install is the library inside somebody's application. It has no database, no web server and no terminal
toolkit, and must still answer ``gemledger --help``; so nothing outside the standard library is imported here.
"""

import argparse
import difflib
import importlib
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, cast

from gemledger_cli.unneeded import COMMAND_LINE_OF_HTTPX, PANDAS, do_without

EXIT_OK = 0
EXIT_FAILED = 1
EXIT_USAGE = 2
EXIT_MISSING_EXTRA = 3
EXIT_INTERRUPTED = 130

OWN_PACKAGES = frozenset(
    {
        "gemledger",
        "gemledger_cli",
        "gemledger_collector",
        "gemledger_dashboard",
        "gemledger_simulator",
    }
)


@dataclass(frozen=True, slots=True)
class Command:
    """One row of the table: what is typed, where it lives, which extra it needs (empty: the bare install)."""

    name: str
    module: str
    extra: str
    help: str


class CommandModule(Protocol):
    """What a command's module offers."""

    EXAMPLE: str
    configure: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], int]


COMMANDS = (
    Command("up", "up", "collector,dashboard", "start the collector and the dashboard together"),
    Command("serve", "serve", "collector", "start the collector"),
    Command("dashboard", "dashboard", "dashboard", "start the dashboard over a running collector"),
    Command(
        "demo", "demo", "demo", "a month of simulated Gemini traffic, shown live; needs no API key"
    ),
    Command("replay", "replay", "demo", "make each row of a trace file a real google-genai call"),
    Command("export", "export", "collector", "rows into Parquet or CSV, and the bill as FOCUS 1.2"),
    Command(
        "dataset",
        "dataset",
        "collector",
        "captured answers, and what was said of them, as a file to evaluate",
    ),
    Command(
        "evaluate",
        "evaluate",
        "collector",
        "judge the answers of a data set; compare two models or prompts on it",
    ),
    Command("query", "query", "dashboard", "ask a running collector a question in SQL"),
    Command(
        "batches",
        "batches",
        "dashboard",
        "what jobs were expected to cost, cost, and are still open",
    ),
    Command(
        "caches", "caches", "dashboard", "what each context cache cost, saved, and is worth keeping"
    ),
    Command("errors", "errors", "dashboard", "what went wrong, by kind, and the money it cost"),
    Command(
        "limits", "limits", "dashboard", "what is used of Google's rate limits, and what is left"
    ),
    Command(
        "attribution",
        "attribution",
        "collector",
        "who pays by the collector's rules; what other rules would change",
    ),
    Command(
        "reprice",
        "reprice",
        "dashboard",
        "price stored charges again, keeping both versions",
    ),
    Command(
        "alerts",
        "alerts",
        "collector",
        "what fires and why; silences; rules tested like code",
    ),
    Command(
        "report", "report", "dashboard", "a day on a page: spend, quality, alerts, what changed"
    ),
    Command(
        "labels", "labels", "dashboard", "labels of judged answers, from a CSV file and into one"
    ),
    Command("backup", "backup", "collector", "copy a collector's database while it runs"),
    Command(
        "restore", "restore", "collector", "put a backup in place of a stopped collector's database"
    ),
    Command(
        "compact", "compact", "dashboard", "give what the database no longer uses back to the disk"
    ),
    Command("erase", "erase", "dashboard", "remove what is known of one user; the bill stays"),
    Command("price", "price", "", "show what the price book knows, and what is about to change"),
    Command("token", "token", "", "make an access token for an app, a person or a program"),
    Command("doctor", "doctor", "", "is everything patched, exported and priced?"),
    Command(
        "check-config", "check_config", "collector", "check a configuration file and start nothing"
    ),
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code: 0 done, 1 failed, 2 wrong usage, 3 an extra is missing."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        print(_overview())
        return EXIT_OK
    if arguments[0] in ("-V", "--version"):
        print(f"gemledger {_version()}")
        return EXIT_OK
    command = next((row for row in COMMANDS if row.name == arguments[0]), None)
    if command is None:
        return _complain(_unknown(arguments[0]), EXIT_USAGE)
    if argv is None:  # the process is ours
        _start_light(command)
    return _dispatch(command, arguments[1:])


def _start_light(command: Command) -> None:
    """Load nothing from now on that this command has no use for."""
    do_without(COMMAND_LINE_OF_HTTPX)
    if command.extra == "collector":  # all others may show pages, or are too small to load Arrow
        do_without(PANDAS)


def _dispatch(command: Command, arguments: Sequence[str]) -> int:
    try:
        module = cast(
            "CommandModule", importlib.import_module(f"gemledger_cli.commands.{command.module}")
        )
        parser = argparse.ArgumentParser(
            prog=f"gemledger {command.name}",
            description=f"{command.help[0].upper()}{command.help[1:]}.",
            epilog=f"example:\n  {module.EXAMPLE}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        module.configure(parser)
        return module.run(parser.parse_args(arguments))
    except ModuleNotFoundError as error:
        own = error.name is None or error.name.partition(".")[0] in OWN_PACKAGES
        if own or not command.extra:
            raise
        return _complain(
            f"gemledger {command.name} needs {error.name}, which comes with an extra: "
            f"pip install 'gemledger[{command.extra}]'",
            EXIT_MISSING_EXTRA,
        )
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except BrokenPipeError:  # `gemledger query … | head`
        sys.stderr.close()
        return EXIT_OK


def _overview() -> str:
    width = max(len(command.name) for command in COMMANDS)
    rows = "\n".join(f"  {command.name:<{width}}  {command.help}" for command in COMMANDS)
    return (
        "usage: gemledger COMMAND [options]\n\n"
        "Every Gemini call as a line in a ledger: what it cost, exactly; whom it was for; how fast; how good.\n\n"
        f"commands:\n{rows}\n\n"
        "`gemledger COMMAND --help` explains one. Try `gemledger demo` first."
    )


def _unknown(name: str) -> str:
    near = difflib.get_close_matches(name, [command.name for command in COMMANDS], n=1)
    hint = f"; did you mean `{near[0]}`?" if near else ""
    return f"there is no command `{name}`{hint} `gemledger --help` lists them all."


def _version() -> str:
    from importlib.metadata import version  # noqa: PLC0415 - 15 ms that only --version needs

    return version("gemledger")


def _complain(message: str, code: int) -> int:
    print(f"gemledger: {message}", file=sys.stderr)
    return code
