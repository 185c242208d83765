"""One question to the judge model, through google-genai; the only file here that opens a connection to elsewhere.

google.genai, OpenTelemetry's SDK and gemledger are imported when a judge is opened: a collector that
judges nothing pays neither their second of start-up nor their memory.
"""

import os
from typing import TYPE_CHECKING, Protocol

from gemledger_collector.judge.prompt import (
    MAX_OUTPUT_TOKENS,
    SCHEMA,
    NotAVerdict,
    Prompt,
    Verdict,
    parse,
)
from gemledger_collector.judge_config import JudgeConfig

if TYPE_CHECKING:
    from google.genai import Client

    from gemledger_collector.own_calls.delivery import Deliver
    from gemledger_collector.own_calls.spans import OwnSpans


class GradeError(Exception):
    """There is no verdict; the text says why. Becomes an error row, never a score."""


class Judge(Protocol):
    """Somebody who grades. Safe for threads."""

    def grade(self, prompt: Prompt) -> Verdict:
        """One verdict. Raises GradeError."""
        ...

    def flush(self) -> bool:
        """Wait until the cost of every call so far is in the ledger; False when some of it was lost."""
        ...

    def close(self) -> None:
        """Let go of everything."""
        ...


def platform() -> str:
    """Where the judge's calls go, by the SDK's own setting: ``vertex_ai`` or ``gemini_api``."""
    wanted = os.environ.get("GOOGLE_GENAI_USE_VERTEXAI", "").lower()
    return "vertex_ai" if wanted in {"1", "true"} else "gemini_api"


class GeminiJudge:
    """Grades with a Gemini model; its calls carry the purpose ``judge`` and reach the ledger like any other."""

    def __init__(self, model: str, client: "Client", spans: "OwnSpans") -> None:
        self._model = model
        self._client = client
        self._spans = spans
        self._lost = spans.lost

    def grade(self, prompt: Prompt) -> Verdict:
        """One call at temperature 0, answered in the schema's shape. Raises GradeError."""
        import gemledger  # noqa: PLC0415 - see the module's docstring

        try:
            with gemledger.purpose("judge"):
                text = self._ask(prompt)
            return parse(text)
        except NotAVerdict as error:
            raise GradeError(str(error)) from error
        except Exception as error:
            raise GradeError(f"the judge model could not be asked: {error}"[:500]) from error

    def _ask(self, prompt: Prompt) -> str | None:
        from google.genai import types  # noqa: PLC0415 - see the module's docstring

        response = self._client.models.generate_content(
            model=self._model,
            contents=prompt.contents,
            config=types.GenerateContentConfig(
                system_instruction=prompt.system_instruction,
                temperature=0,
                max_output_tokens=MAX_OUTPUT_TOKENS,
                response_mime_type="application/json",
                response_schema=SCHEMA,
            ),
        )
        return response.text

    def flush(self) -> bool:
        """Wait until the ledger holds every call."""
        flushed = self._spans.flush()
        before, self._lost = self._lost, self._spans.lost
        return flushed and before == self._lost

    def close(self) -> None:
        """Deliver the last spans, undo the instrumentation, close connections."""
        from gemledger_collector.own_calls.spans import close_own_spans  # noqa: PLC0415 - see the module's docstring

        close_own_spans()
        self._client.close()


def open_judge(config: JudgeConfig, deliver: "Deliver") -> Judge:
    """The judge of the configuration. Raises GradeError when the SDK refuses, for example without an API key."""
    from google import genai  # noqa: PLC0415 - see the module's docstring
    from google.genai import types  # noqa: PLC0415 - see the docstring above

    from gemledger_collector.own_calls.spans import open_own_spans  # noqa: PLC0415 - see the docstring above

    if config.model is None:
        raise GradeError("extensions.judge.model is not set; name a model to judge with")
    try:
        client = genai.Client(
            http_options=types.HttpOptions(timeout=int(config.timeout.total_seconds() * 1000))
        )
    except ValueError as error:
        raise GradeError(
            f"{error}; set GEMINI_API_KEY, or extensions.judge.model to null"
        ) from error
    return GeminiJudge(config.model, client, open_own_spans(deliver))
