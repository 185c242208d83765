"""One question to the judge model, through google-genai; the only file here that opens a connection to elsewhere.

google.genai, OpenTelemetry's SDK and gemledger are imported when a judge is opened: a collector that
judges nothing pays neither their second of start-up nor their memory.
"""

import os
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from gemledger_collector.judge.failures import Kind, kind_of, may_be_billed, wait_hint_seconds
from gemledger_collector.judge.prompt import SCHEMA, NotAVerdict, Prompt, Verdict, parse
from gemledger_collector.judge_config import JudgeConfig

if TYPE_CHECKING:
    from google.genai import Client
    from google.genai.types import GenerateContentConfig, GenerateContentResponse

    from gemledger_collector.own_calls.delivery import Deliver
    from gemledger_collector.own_calls.spans import OwnSpans

_HARMS = ("HARASSMENT", "HATE_SPEECH", "SEXUALLY_EXPLICIT", "DANGEROUS_CONTENT")


class GradeError(Exception):
    """There is no verdict; the text says why. Becomes an error row, never a score.

    ``kind`` says whether asking again can help, ``wait_seconds`` how long Google asks to wait, and ``metered`` is
    False where the call may have cost what nobody told us.
    """

    def __init__(
        self,
        text: str,
        kind: Kind = Kind.REFUSED,
        *,
        wait_seconds: float = 0.0,
        metered: bool = True,
    ) -> None:
        super().__init__(text)
        self.kind = kind
        self.wait_seconds = wait_seconds
        self.metered = metered


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

    def __init__(self, config: JudgeConfig, client: "Client", spans: "OwnSpans") -> None:
        self._config = config
        self._client = client
        self._spans = spans
        self._lost = spans.lost

    def grade(self, prompt: Prompt) -> Verdict:
        """One call at temperature 0, answered in the schema's shape. Raises GradeError."""
        import gemledger  # noqa: PLC0415 - see the module's docstring

        try:
            with gemledger.purpose("judge"):
                response = self._ask(prompt)
        except Exception as error:
            raise GradeError(
                f"the judge model could not be asked: {error}"[:500],
                kind_of(error),
                wait_seconds=wait_hint_seconds(error),
                metered=not may_be_billed(error),
            ) from error
        return _verdict(response)

    def _ask(self, prompt: Prompt) -> "GenerateContentResponse":
        return self._client.models.generate_content(
            model=self._config.model or "",
            contents=prompt.contents,
            config=generation(prompt, self._config.max_output_tokens),
        )

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


def generation(prompt: Prompt, max_output_tokens: int) -> "GenerateContentConfig":
    """How a judge is asked, whoever asks: at temperature 0, in the schema's shape, allowed to read anything."""
    from google.genai import types  # noqa: PLC0415 - see the module's docstring

    return types.GenerateContentConfig(
        system_instruction=prompt.system_instruction,
        temperature=0,
        max_output_tokens=max_output_tokens,
        response_mime_type="application/json",
        response_schema=SCHEMA,
        # A judge that may not read what is harmful cannot say that it is.
        safety_settings=[
            types.SafetySetting(
                category=types.HarmCategory(f"HARM_CATEGORY_{harm}"),
                threshold=types.HarmBlockThreshold.BLOCK_NONE,
            )
            for harm in _HARMS
        ],
    )


def _verdict(response: "GenerateContentResponse") -> Verdict:
    """What the response says. Raises GradeError."""
    metered = response.usage_metadata is not None
    text, ended = said(response)
    if ended in WITHHELD:
        words = f"the judge's answer was withheld: {ended}"
        raise GradeError(words, Kind.BLOCKED, metered=metered)
    if ended == "MAX_TOKENS":
        words = "the judge's answer was cut off at extensions.judge.max_output_tokens"
        raise GradeError(words, Kind.CUT_OFF, metered=metered)
    try:
        return replace(parse(text), metered=metered)
    except NotAVerdict as error:
        raise GradeError(str(error), error.kind, metered=metered) from error


WITHHELD = frozenset(
    {"SAFETY", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "RECITATION", "LANGUAGE", "OTHER"}
)


def said(response: "GenerateContentResponse") -> tuple[str, str]:
    """The text of the first candidate without its thoughts, and why it ended, or why there is none."""
    feedback = response.prompt_feedback
    if not response.candidates:
        blocked = None if feedback is None else feedback.block_reason
        return "", "" if blocked is None else str(getattr(blocked, "value", blocked))
    first = response.candidates[0]
    parts = (first.content.parts if first.content else None) or ()
    text = "".join(part.text for part in parts if part.text and not part.thought)
    return text, str(getattr(first.finish_reason, "value", first.finish_reason or ""))


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
    return GeminiJudge(config, client, open_own_spans(deliver))
