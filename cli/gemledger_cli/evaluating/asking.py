"""Calls to Gemini through the real SDK, instrumented by gemledger: what each cost is known to the pico.

Imported when a run begins: google.genai takes a second to load, and wrong arguments are told before.
"""

import os
import time
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Self

from google import genai
from google.genai import types
from opentelemetry.sdk.trace import TracerProvider

import gemledger
from gemledger_collector.judge.failures import Kind, kind_of, may_be_billed, wait_hint_seconds
from gemledger_collector.judge.grade import WITHHELD, said

PURPOSE = "evaluate"
SERVICE = "gemledger-evaluate"
TIMEOUT_SECONDS = 120
_ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")


class NoGemini(Exception):  # noqa: N818 - named for what is not there
    """The SDK refuses, for example without an API key; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What came of one call: a text, or an error of a kind. ``cost_pico_usd`` is None where nobody can know it.

    ``wait_seconds`` is how long Google asks to wait.
    """

    text: str | None
    cost_pico_usd: int | None
    latency_seconds: float
    error: str | None = None
    kind: Kind | None = None
    wait_seconds: float = 0.0

    def failed(self, error: str, kind: Kind, wait_seconds: float = 0.0) -> Self:
        """The same call with this for its outcome."""
        return replace(self, text=None, error=error[:500], kind=kind, wait_seconds=wait_seconds)


class Gemini:
    """The SDK's client, its calls instrumented. Use it as a context manager; safe for threads."""

    def __enter__(self) -> Self:
        """Open the client. Raises NoGemini."""
        if any(os.environ.get(name) for name in _ENDPOINTS):
            gemledger.init(SERVICE)
        else:
            gemledger.instrument(tracer_provider=TracerProvider(shutdown_on_exit=False))
        # The SDK does not try again by itself: each attempt is to be paid from the budget.
        options = types.HttpOptions(timeout=TIMEOUT_SECONDS * 1000)
        try:
            self._client = genai.Client(http_options=options)
        except ValueError as error:
            raise NoGemini(f"{error}; set GEMINI_API_KEY") from error
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._client.close()
        gemledger.flush()  # what a collector that is down does not take now waits in the spool

    def ask(
        self,
        model: str,
        contents: list[types.Content] | str,
        config: types.GenerateContentConfig,
    ) -> Reply:
        """One attempt; whatever goes wrong with it is its error."""
        with gemledger.purpose(PURPOSE), gemledger.session() as spent:
            began = time.perf_counter()
            try:
                response = self._client.models.generate_content(
                    model=model, contents=contents, config=config
                )
            except Exception as failure:  # noqa: BLE001 - an error row, and the next item
                seconds = time.perf_counter() - began
                cost = None if may_be_billed(failure) else spent.upper_pico_usd
                words = f"{model} could not be asked: {failure}"
                return Reply(None, cost, seconds).failed(
                    words, kind_of(failure), wait_hint_seconds(failure)
                )
            seconds = time.perf_counter() - began
        return _reply(response, Reply(None, spent.upper_pico_usd, seconds))


def _reply(response: types.GenerateContentResponse, empty: Reply) -> Reply:
    """The whole text, or why there is none."""
    text, ended = said(response)
    if ended in WITHHELD or (ended and not response.candidates):
        return empty.failed(f"the model gave no answer: {ended}", Kind.BLOCKED)
    if ended == "MAX_TOKENS":
        return empty.failed("the answer is not whole: MAX_TOKENS", Kind.CUT_OFF)
    if not text or ended not in ("", "STOP"):
        return empty.failed(
            f"the model answered no text ({ended or 'no reason told'})", Kind.NOTHING
        )
    return replace(empty, text=text)
