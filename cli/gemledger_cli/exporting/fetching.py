"""Asking the collector for one day, a piece at a time."""

from collections.abc import Iterator

import httpx
import pyarrow as pa

from gemledger_cli.exporting.wanted import Day, Wanted

NEXT = "Gemledger-Next"


class RefusedError(Exception):
    """The collector answered, and said why not."""


def pieces(http: httpx.Client, wanted: Wanted, day: Day) -> Iterator[pa.Table]:
    """The rows of one day. Raises RefusedError, or httpx.TransportError where nobody answers."""
    parameters = wanted.parameters(day)
    while True:
        answer = http.get(wanted.path, params=parameters)
        if answer.status_code != httpx.codes.OK:
            raise RefusedError(reason_of(answer))
        yield pa.ipc.open_stream(answer.content).read_all()
        if NEXT not in answer.headers:
            return
        parameters["after"] = answer.headers[NEXT]


def reason_of(answer: httpx.Response) -> str:
    """Why the collector refused."""
    try:
        return str(answer.json()["error"]["message"])
    except (ValueError, KeyError, TypeError):
        return f"{answer.request.url} answered {answer.status_code}; is this a gemledger collector?"
