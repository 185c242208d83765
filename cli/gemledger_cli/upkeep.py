"""Commands that have a running collector do something that takes its time, and show how far it is."""

import json
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import httpx
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from gemledger_cli.terminal import ERRORS

TOKEN_VARIABLE = "GEMLEDGER_TOKEN"  # noqa: S105 - the name of a variable


class Refused(Exception):  # noqa: N818 - says what happened
    """The collector did not do it, or there is none; ``str()`` is one line for a person."""


@contextmanager
def posted(url: str, path: str, body: Mapping[str, Any] | None = None) -> Iterator[httpx.Response]:
    """The answer to a POST, still to be read. Raises Refused."""
    token = os.environ.get(TOKEN_VARIABLE)
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    # A piece of it may take long: the last step of writing a large file anew.
    client = httpx.Client(timeout=httpx.Timeout(30.0, read=None), trust_env=False, headers=headers)
    try:
        with client, client.stream("POST", f"{url.rstrip('/')}{path}", json=body) as answer:
            if answer.status_code != httpx.codes.OK:
                answer.read()
                raise Refused(_refusal(answer))
            yield answer
    except (httpx.TransportError, httpx.InvalidURL) as error:
        raise Refused(
            f"no collector answers at {url} ({error}); start one with `gemledger serve`"
        ) from error


def done_by(url: str, path: str, body: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
    """Have the collector do it, with a progress bar; everything it told but how far it was. Raises Refused."""
    told = []
    with posted(url, path, body) as answer, bar() as progress:
        task = progress.add_task("", total=None)
        for line in answer.iter_lines():
            said: dict[str, Any] = json.loads(line)
            if "error" in said:
                raise Refused(str(said["error"]["message"]))
            if "what" in said:
                shown = {"completed": said["done"], "total": said["total"]}
                progress.update(task, description=said["what"], **shown)
            else:
                told.append(said)
    return told


def bar() -> Progress:
    """A progress bar on standard error, gone when it is done; none where nobody looks."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
        console=ERRORS,
        transient=True,
        disable=not sys.stderr.isatty(),
    )


def complain(command: str, error: object) -> int:
    """Exit code 1, and why."""
    print(f"gemledger {command}: {error}", file=sys.stderr)
    return 1


def megabytes(count: int) -> str:
    """For people."""
    return f"{count / 10**6:,.1f} MB"


def _refusal(answer: httpx.Response) -> str:
    try:
        message = str(answer.json()["error"]["message"])
    except (ValueError, KeyError, TypeError):
        return f"{answer.request.url} answered {answer.status_code}; is this a gemledger collector?"
    if answer.status_code in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN):
        return f"{message}; {TOKEN_VARIABLE} must hold a token with the scope admin"
    return message
