"""The collector's own calls to Gemini: judge and fetcher in one process, one instrumentation."""

from collections.abc import Iterator

import pytest
from support.clients import gemini_api

from gemledger.patching import PATCHING
from gemledger_collector.own_calls.spans import close_own_spans, open_own_spans
from gemledger_simulator.process import SimulatorProcess


@pytest.fixture(scope="module")
def simulator() -> Iterator[SimulatorProcess]:
    """A Gemini that costs nothing."""
    with SimulatorProcess() as process:
        yield process


def test_who_leaves_first_does_not_silence_the_other(simulator: SimulatorProcess) -> None:
    """Spans go on until the last one closes; then google-genai is as it was."""
    delivered: list[bytes] = []
    first, second = open_own_spans(delivered.append), open_own_spans(delivered.append)
    assert first is second
    with gemini_api(simulator.url) as client:
        for number in (1, 2):
            client.models.generate_content(model="gemini-2.5-flash", contents="Hello")
            assert second.flush()
            assert len(delivered) == number
            close_own_spans()
    assert not PATCHING.enabled


def test_a_span_that_cannot_be_stored_is_counted(simulator: SimulatorProcess) -> None:
    """Whoever waits for it learns that it is lost."""

    def refuse(_: bytes) -> None:
        raise OSError("the disk is full")

    spans = open_own_spans(refuse)
    try:
        with gemini_api(simulator.url) as client:
            client.models.generate_content(model="gemini-2.5-flash", contents="Hello")
        spans.flush()
        assert spans.lost == 1
    finally:
        close_own_spans()
