"""Questions that are asked at once, of a real server that answers none before all have arrived."""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import streamlit as st

from gemledger_dashboard.frame import asking, process
from gemledger_dashboard.frame.client import Question, RefusedError, UnreachableError

NOBODY = "http://127.0.0.1:9"


@contextmanager
def answering_when(together: int) -> Iterator[str]:
    """A server that waits until so many have asked, then tells each what it asked for; /refused it refuses."""
    barrier = threading.Barrier(together, timeout=20)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            barrier.wait()
            body = json.dumps({"asked": self.path}).encode()
            self.send_response(503 if self.path == "/refused" else 200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    """No test sees what another asked."""
    yield
    st.cache_data.clear()
    st.cache_resource.clear()


def question(path: str) -> Question[str]:
    """What this path is."""

    def parse(body: Mapping[str, Any]) -> str:
        return str(body["asked"])

    return Question(path, (), parse)


def test_questions_asked_at_once_are_waited_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three answers that are only given together come, each to its own question."""
    with answering_when(3) as url:
        monkeypatch.setenv(process.COLLECTOR_URL_VARIABLE, url)
        answers = asking.ask_all(question("/a"), question("/b"), question("/c"))
    assert [each.value for each in answers] == ["/a", "/b", "/c"]
    assert all(each.problem is None for each in answers)


def test_one_refused_answer_of_several_is_told_where_the_answers_are_taken(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The page hears of it as if it had asked for that one alone."""
    with answering_when(2) as url:
        monkeypatch.setenv(process.COLLECTOR_URL_VARIABLE, url)
        with pytest.raises(RefusedError, match="503"):
            asking.ask_all(question("/a"), question("/refused"))


def test_answers_of_an_outage_are_the_last_good_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    """Kept answers come for questions begun in the background, too, with the reason; without one it is an error."""
    with answering_when(2) as url:
        monkeypatch.setenv(process.COLLECTOR_URL_VARIABLE, url)
        asking.ask_all(question("/a"), question("/b"))
    st.cache_data.clear()  # as ten seconds do
    begun = asking.begin(question("/a"))
    assert begun.answer().value == "/a"
    assert "No collector answers" in (begun.answer().problem or "")
    monkeypatch.setenv(process.COLLECTOR_URL_VARIABLE, NOBODY)
    with pytest.raises(UnreachableError):
        asking.begin(question("/a")).answer()
