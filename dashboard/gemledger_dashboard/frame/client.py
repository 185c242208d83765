"""The collector's read API, typed, over httpx. Nothing else of the dashboard speaks HTTP."""

import os
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import httpx

from gemledger_dashboard.access.rights import Role, refusal
from gemledger_dashboard.spend.sums import Json

DEFAULT_URL = "http://127.0.0.1:4318"
TIMEOUT_SECONDS = 10.0
TOKEN_VARIABLE = "GEMLEDGER_TOKEN"  # noqa: S105 - a name
"""One access token for all who look; the file of the login can have one for each role instead."""

_NO_ROUTE = "nothing is at "
"""Begins what a collector says of an address that it does not have."""

T = TypeVar("T")


def _authorities(url: str) -> ssl.SSLContext | bool:
    """SSL_CERT_FILE names further authorities for a collector that is asked over TLS."""
    file = os.environ.get("SSL_CERT_FILE")
    return ssl.create_default_context(cafile=file) if file and url.startswith("https") else True


class CollectorError(Exception):
    """No answer that can be shown; the text says what is wrong, `remedy` what to do about it."""

    remedy = ""


class UnreachableError(CollectorError):
    """Nothing answered at the collector's address in time: it may be down, or starting."""

    remedy = "Start it, or point the dashboard at the right address"


class RefusedError(CollectorError):
    """The collector answered with an error; asking the same again may help if it was busy.

    `status` is HTTP's: 403 where this dashboard may not, 404 where there is no such thing.
    """

    remedy = "If this stays, look into the collector's log"

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


class NotAllowedError(CollectorError):
    """Whoever looks may not ask this; it was not asked."""

    remedy = "Ask an admin of this dashboard"


class NotUnderstoodError(CollectorError):
    """The answer is not what this version of the dashboard reads."""

    remedy = "Collector and dashboard are probably of different versions: install the same one"


class OlderError(CollectorError):
    """The collector does not know the question: it is older than this dashboard."""

    remedy = (
        "This collector is older than the dashboard: stop it, install the dashboard's version "
        "of gemledger, and start it over the same file. What it does know is shown"
    )


@dataclass(frozen=True, slots=True)
class Question(Generic[T]):
    """One GET: two questions with the same path and parameters have the same answer.

    One that is too long for an address is posted as JSON; it changes nothing either.
    """

    path: str
    params: tuple[tuple[str, str], ...]
    parse: Callable[[Json], T] = field(compare=False)
    posted: bool = False


class Client:
    """Asks one collector for one role; safe to share between threads. Every error is a CollectorError."""

    def __init__(self, url: str, role: Role = Role.LOCAL, token: str | None = None) -> None:
        self.url, self._role = url.rstrip("/"), role
        token = token or os.environ.get(TOKEN_VARIABLE, "").strip()
        # A proxy named in the environment must not come between us and a loopback address.
        self._http = httpx.Client(
            headers={"Authorization": f"Bearer {token}"} if token else {},
            timeout=TIMEOUT_SECONDS,
            trust_env=False,
            verify=_authorities(self.url),
        )

    def close(self) -> None:
        """Give the connections back."""
        self._http.close()

    def get(self, question: Question[T]) -> T:
        """The answer to one question."""
        body = self._body(question)
        try:
            return question.parse(body)
        except (KeyError, TypeError, ValueError, AttributeError) as problem:
            raise NotUnderstoodError(
                f"The answer of {question.path} cannot be read: {type(problem).__name__}: {problem}"
            ) from problem

    def tell(self, path: str, body: Json) -> Json:
        """POST something that changes the collector's state; its answer."""
        return self._answered("POST", path, {"json": body})

    def end(self, path: str) -> Json:
        """DELETE something that lasts in the collector; its answer."""
        return self._answered("DELETE", path, {})

    def _body(self, question: Question[T]) -> Json:
        if question.posted:
            given = {"json": dict(question.params)}
            return self._answered("POST", question.path, given, changes=False)
        return self._answered("GET", question.path, {"params": question.params})

    def _answered(
        self, method: str, path: str, given: Mapping[str, Any], *, changes: bool | None = None
    ) -> Json:
        does = method != "GET" if changes is None else changes
        refused = refusal(self._role, method, path, changes=does)
        if refused is not None:
            raise NotAllowedError(refused)
        try:
            response = self._http.request(method, f"{self.url}{path}", **given)
        except (httpx.TransportError, httpx.InvalidURL, UnicodeError) as problem:
            raise UnreachableError(f"No collector answers at {self.url} ({problem})") from problem
        if _is_unknown(response):
            raise OlderError(f"The collector at {self.url} does not know {path}")
        if response.is_error:
            said = f"The collector at {self.url} answered {_reason(response)}"
            raise RefusedError(said, response.status_code)
        try:
            body = response.json()
        except ValueError as problem:
            raise NotUnderstoodError(f"{self.url}{path} did not answer in JSON") from problem
        if not isinstance(body, dict):
            raise NotUnderstoodError(
                f"{self.url}{path} answered a {type(body).__name__}, not an object"
            )
        return body


def _is_unknown(response: httpx.Response) -> bool:
    """Whether a collector has no such route; that it has no such trace is another thing."""
    if response.status_code == httpx.codes.METHOD_NOT_ALLOWED:
        return True
    return response.status_code == httpx.codes.NOT_FOUND and _words(response).startswith(_NO_ROUTE)


def _reason(response: httpx.Response) -> str:
    """The status and the collector's own words, if it has said any."""
    return f"{response.status_code}: {_words(response) or response.reason_phrase}"


def _words(response: httpx.Response) -> str:
    try:
        return str(response.json()["error"]["message"])
    except (ValueError, KeyError, TypeError):
        return ""
