"""Asking the collector from a page: answers are kept for seconds, the last good one for the outage.

A page that has once shown figures goes on showing them while the collector is away, and says so. What is kept is kept
for each role; prompts and answers of people are not kept at all.
"""

import os
import sys
import threading
from collections import OrderedDict
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Generic, TypeVar, overload

import streamlit as st
from streamlit.runtime.scriptrunner import add_script_run_ctx, get_script_run_ctx

from gemledger_dashboard.access import rights, visitor
from gemledger_dashboard.access.rights import Role
from gemledger_dashboard.frame import process
from gemledger_dashboard.frame.client import (
    Client,
    NotAllowedError,
    Question,
    RefusedError,
    UnreachableError,
)
from gemledger_dashboard.spend.sums import Json

FRESH_SECONDS = 10
KEPT = timedelta(hours=1)
_MOST_KEPT = 256

T = TypeVar("T")
T1 = TypeVar("T1")
T2 = TypeVar("T2")
T3 = TypeVar("T3")
T4 = TypeVar("T4")


@dataclass(frozen=True, slots=True)
class Answer(Generic[T]):
    """A collector's answer and when it was given; `problem` says why there is no newer one."""

    value: T
    given_at: datetime
    problem: str | None = None


class LastGood:
    """The newest good answer of each question, bounded in number; safe between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._answers: OrderedDict[object, Answer[Any]] = OrderedDict()

    def keep(self, key: object, answer: Answer[Any]) -> None:
        """Remember this answer, forget the one that was not needed for longest."""
        with self._lock:
            self._answers[key] = answer
            self._answers.move_to_end(key)
            while len(self._answers) > _MOST_KEPT:
                self._answers.popitem(last=False)

    def recall(self, key: object, now: datetime) -> Answer[Any] | None:
        """The remembered answer, unless it is too old to be shown."""
        with self._lock:
            answer = self._answers.get(key)
        return answer if answer is not None and now - answer.given_at < KEPT else None


def url() -> str:
    """The address of the collector this dashboard shows."""
    return process.collector_url(sys.argv[1:] if _served() else (), os.environ)


def ask(question: Question[T]) -> Answer[T]:
    """The answer, at most ten seconds old; an older one while the collector is away.

    Raises CollectorError when there is none at all.
    """
    if rights.is_content(question.path):
        return Answer(ask_now(question), datetime.now(UTC))
    key = (url(), _visitor().role, question.path, question.params)
    try:
        answer: Answer[T] = _fetch(*key, question)
    except (UnreachableError, RefusedError) as problem:
        kept = _last_good().recall(key, datetime.now(UTC))
        if kept is None:
            raise
        return Answer(kept.value, kept.given_at, str(problem))
    _last_good().keep(key, answer)
    return answer


@dataclass(frozen=True, slots=True)
class Begun(Generic[T]):
    """A question that is being asked while the page goes on."""

    question: Question[T]
    _pending: Future[Answer[T]]

    def answer(self) -> Answer[T]:
        """The answer, as `ask` gives it; waits for it."""
        return self._pending.result()


def begin(question: Question[T]) -> Begun[T]:
    """Ask in the background. Whoever begins a question takes its answer, too, or the error is lost."""
    pending: Future[Answer[T]] = Future()

    def fulfil() -> None:
        try:
            pending.set_result(ask(question))
        except BaseException as problem:  # noqa: BLE001 - raised where the answer is taken
            pending.set_exception(problem)

    thread = threading.Thread(target=fulfil, daemon=True)
    add_script_run_ctx(thread, get_script_run_ctx(suppress_warning=True))
    thread.start()
    return Begun(question, pending)


@overload
def ask_all(first: Question[T1], second: Question[T2], /) -> tuple[Answer[T1], Answer[T2]]: ...
@overload
def ask_all(
    first: Question[T1], second: Question[T2], third: Question[T3], /
) -> tuple[Answer[T1], Answer[T2], Answer[T3]]: ...
@overload
def ask_all(
    first: Question[T1], second: Question[T2], third: Question[T3], fourth: Question[T4], /
) -> tuple[Answer[T1], Answer[T2], Answer[T3], Answer[T4]]: ...
def ask_all(*asked: Question[Any]) -> tuple[Answer[Any], ...]:
    """The answers to questions that do not need each other's: waits once, not for one after the other."""
    begun = [begin(question) for question in asked]
    return tuple(each.answer() for each in begun)


def ask_now(question: Question[T]) -> T:
    """The answer of this moment: for what the reader has just changed. Raises CollectorError."""
    return _client(url()).get(question)


def tell(path: str, body: Json) -> Json:
    """Change something in the collector; its answer. Raises CollectorError."""
    return _client(url()).tell(path, body)


def end(path: str) -> Json:
    """End something that lasts in the collector; its answer. Raises CollectorError."""
    return _client(url()).end(path)


def forget() -> None:
    """Ask everything anew: what was just changed may stand in any answer."""
    _fetch.clear()


@st.cache_data(ttl=FRESH_SECONDS, max_entries=_MOST_KEPT, show_spinner=False)
def _fetch(
    collector: str,
    role: Role,
    path: str,
    params: tuple[tuple[str, str], ...],
    _question: Question[T],
) -> Answer[T]:
    """Ask once per ten seconds, whoever of a role asks; role, path and parameters are the cache's key."""
    del role, path, params
    return Answer(_client(collector).get(_question), datetime.now(UTC))


def _client(collector: str) -> Client:
    """The client that may do what whoever looks may."""
    found = _visitor()
    return _client_of(collector, found.role, found.token)


def _visitor() -> visitor.Visitor:
    """Whoever looks; a page that was open when they lost their role says so."""
    try:
        return visitor.visitor()
    except visitor.NotLoggedInError as problem:
        raise NotAllowedError("You may not look at this dashboard any more") from problem


@st.cache_resource(max_entries=8, show_spinner=False, on_release=Client.close)
def _client_of(collector: str, role: Role, token: str | None) -> Client:
    return Client(collector, role, token)


@st.cache_resource(ttl=86_400, max_entries=1, show_spinner=False)
def _last_good() -> LastGood:
    return LastGood()


def _served() -> bool:
    """Whether `streamlit run` started us: only then are the arguments ours."""
    return bool(sys.argv) and sys.argv[0].endswith("app.py")
