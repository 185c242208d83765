"""Asking a running collector, for commands that show what it answers."""

import sys
from collections.abc import Mapping
from typing import Any

import httpx

from gemledger_cli.collector_http import http_client


def ask(command: str, url: str, path: str, parameters: Mapping[str, Any]) -> dict[str, Any] | None:
    """JSON of a GET; None, with one clear line on standard error, where there is no answer."""
    given = {name: value for name, value in parameters.items() if value is not None}
    return _answered(command, url, "GET", path, {"params": given})


def send(command: str, url: str, path: str, body: Mapping[str, object]) -> dict[str, Any] | None:
    """JSON of a POST of JSON; None, with one clear line on standard error, where there is no answer."""
    return _answered(command, url, "POST", path, {"json": dict(body)})


def remove(command: str, url: str, path: str) -> dict[str, Any] | None:
    """JSON of a DELETE; None, with one clear line on standard error, where there is no answer."""
    return _answered(command, url, "DELETE", path, {})


def _answered(
    command: str, url: str, method: str, path: str, given: Mapping[str, Any]
) -> dict[str, Any] | None:
    try:
        with http_client(url) as http:
            answer = http.request(method, path, **given)
    except (httpx.TransportError, httpx.InvalidURL, OSError) as error:
        _complain(
            command, f"no collector answers at {url} ({error}); start one with `gemledger serve`"
        )
        return None
    if not answer.is_success:
        _complain(command, _refusal(answer))
        return None
    found: dict[str, Any] = answer.json()
    return found


def _refusal(answer: httpx.Response) -> str:
    try:
        return str(answer.json()["error"]["message"])
    except (ValueError, KeyError, TypeError):
        return f"{answer.request.url} answered {answer.status_code}; is this a gemledger collector?"


def _complain(command: str, message: str) -> None:
    print(f"gemledger {command}: {message}", file=sys.stderr)
