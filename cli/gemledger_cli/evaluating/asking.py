"""Calls to Gemini through the real SDK, instrumented by gemledger: what each cost is known to the pico.

Imported when a run begins: google.genai takes a second to load, and wrong arguments are told before.
"""

import os
import time
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from google import genai
from google.genai import types
from opentelemetry.sdk.trace import TracerProvider

import gemledger

PURPOSE = "evaluate"
SERVICE = "gemledger-evaluate"
TIMEOUT_SECONDS = 120
ATTEMPTS = 3
_ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")


class NoGemini(Exception):  # noqa: N818 - named for what is not there
    """The SDK refuses, for example without an API key; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What came of one call: a text, or an error. ``cost_pico_usd`` is None where nobody can know it."""

    text: str | None
    error: str | None
    cost_pico_usd: int | None
    latency_seconds: float


class Gemini:
    """The SDK's client, its calls instrumented. Use it as a context manager; safe for threads."""

    def __enter__(self) -> Self:
        """Open the client. Raises NoGemini."""
        if any(os.environ.get(name) for name in _ENDPOINTS):
            gemledger.init(SERVICE)
        else:
            gemledger.instrument(tracer_provider=TracerProvider(shutdown_on_exit=False))
        retries = types.HttpRetryOptions(attempts=ATTEMPTS)
        options = types.HttpOptions(timeout=TIMEOUT_SECONDS * 1000, retry_options=retries)
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
        """One call; whatever goes wrong with it is its error."""
        with gemledger.purpose(PURPOSE), gemledger.session() as spent:
            began = time.perf_counter()
            try:
                response = self._client.models.generate_content(
                    model=model, contents=contents, config=config
                )
                text, error = response.text, _problem(response)
            except Exception as failure:  # noqa: BLE001 - an error row, and the next item
                text, error = None, f"{model} could not be asked: {failure}"[:500]
            seconds = time.perf_counter() - began
        return Reply(text if error is None else None, error, spent.upper_pico_usd, seconds)


def _problem(response: types.GenerateContentResponse) -> str | None:
    """Why there is no whole answer; None where there is one."""
    candidates = response.candidates or []
    if not candidates:
        feedback = response.prompt_feedback
        blocked = feedback.block_reason if feedback else None
        return f"the model gave no answer ({blocked.value if blocked else 'no reason told'})"
    reason = candidates[0].finish_reason
    if reason not in (None, types.FinishReason.STOP):
        return f"the answer is not whole: {reason.value}"
    return None if response.text else "the model answered no text"
