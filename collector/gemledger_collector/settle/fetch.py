"""A finished job, fetched with google-genai: the library in this process then tells what it cost, as in any app.

google.genai, OpenTelemetry's SDK and gemledger are imported when a fetcher is opened: a collector that fetches nothing
pays neither their second of start-up nor their memory.
"""

from typing import TYPE_CHECKING, Protocol

from gemledger_collector.own_calls.delivery import Deliver
from gemledger_collector.webhooks_config import Fetch

if TYPE_CHECKING:
    from google.genai import Client
    from google.genai.types import BatchJob

    from gemledger_collector.own_calls.spans import OwnSpans

_NEVER = frozenset({400, 404, 410})
"""Statuses that do not change by asking again. A key that is refused may be set right meanwhile."""
_RUNNING = frozenset({"JOB_STATE_PENDING", "JOB_STATE_QUEUED", "JOB_STATE_RUNNING"})
_MOST_ERROR_CHARACTERS = 300


class FetchError(Exception):
    """The job was not fetched; the text says why, without the key. ``retry``: whether asking again can help."""

    def __init__(self, message: str, *, retry: bool) -> None:
        super().__init__(message)
        self.retry = retry


class Fetcher(Protocol):
    """Somebody who fetches jobs. Safe for threads."""

    def fetch(self, kind: str, job_name: str) -> None:
        """Fetch a job, so that it settles, and return when that is committed. Raises FetchError."""
        ...

    def close(self) -> None:
        """Let go of everything."""
        ...


class GeminiFetcher:
    """Asks Google, under the purpose ``settle``."""

    def __init__(self, config: Fetch, client: "Client", spans: "OwnSpans") -> None:
        self._config = config
        self._client = client
        self._spans = spans
        self._jobs = {"batch": self._batch, "interaction": self._interaction, "video": self._video}

    def fetch(self, kind: str, job_name: str) -> None:
        """As ``Fetcher`` says."""
        import gemledger  # noqa: PLC0415 - see the module's docstring

        lost = self._spans.lost
        try:
            with gemledger.purpose("settle"):
                self._jobs[kind](job_name)
        except FetchError:
            raise
        except Exception as error:
            raise FetchError(self._text(error), retry=_status(error) not in _NEVER) from error
        gemledger.flush()  # results that are still being read
        if not self._spans.flush() or self._spans.lost != lost:
            raise FetchError("what it cost could not be stored", retry=True)

    def close(self) -> None:
        """Deliver the last spans, undo the instrumentation, close connections."""
        from gemledger_collector.own_calls.spans import close_own_spans  # noqa: PLC0415 - see the module's docstring

        close_own_spans()
        self._client.close()

    def _batch(self, name: str) -> None:
        job = self._client.batches.get(name=name)
        if job.state is None or job.state.value in _RUNNING:
            raise FetchError("the batch is not finished yet", retry=True)
        result = _result_file(job)
        if result is None:
            return
        size = self._client.files.get(name=result).size_bytes or 0
        most = self._config.max_result_bytes
        if size > most:
            raise FetchError(
                f"the batch's results have {size} bytes, more than fetch.max_result_bytes ({most}); "
                "let the app fetch them",
                retry=False,
            )
        self._client.files.download(file=result)

    def _interaction(self, interaction_id: str) -> None:
        interaction = self._client.interactions.get(interaction_id)
        if getattr(interaction, "status", None) in ("in_progress", "queued"):
            raise FetchError("the interaction is not finished yet", retry=True)

    def _video(self, name: str) -> None:
        from google.genai.types import GenerateVideosOperation  # noqa: PLC0415 - see the module's docstring

        asked = GenerateVideosOperation.model_validate({"name": name})
        operation = self._client.operations.get(asked)
        if not operation.done:
            raise FetchError("the video is not finished yet", retry=True)

    def _text(self, error: Exception) -> str:
        text = " ".join(f"{type(error).__name__}: {error}".split())
        if self._config.api_key is not None:
            text = text.replace(self._config.api_key.get_secret_value(), "(key)")
        return text[:_MOST_ERROR_CHARACTERS]


def _result_file(job: "BatchJob") -> str | None:
    return job.dest.file_name if job.dest is not None else None


def _status(error: Exception) -> object:
    """The HTTP status of an error of either of the SDK's trees."""
    return getattr(error, "code", None) or getattr(error, "status_code", None)


def open_fetcher(config: Fetch, deliver: Deliver) -> Fetcher:
    """Whoever fetches with the configuration's key. Raises FetchError when the SDK refuses."""
    from google import genai  # noqa: PLC0415 - see the module's docstring
    from google.genai import types  # noqa: PLC0415 - see the docstring above

    from gemledger_collector.own_calls.spans import open_own_spans  # noqa: PLC0415 - see the docstring above

    assert config.api_key is not None  # nobody fetches without one
    milliseconds = int(config.timeout.total_seconds() * 1000)
    options = types.HttpOptions(base_url=config.base_url, timeout=milliseconds)
    try:
        client = genai.Client(
            vertexai=False, api_key=config.api_key.get_secret_value(), http_options=options
        )
    except ValueError:
        raise FetchError(
            "google-genai refuses fetch.api_key or fetch.base_url", retry=False
        ) from None
    return GeminiFetcher(config, client, open_own_spans(deliver))
