"""Tuning of models: asked for at no cost, and settled when somebody sees that it is done.

Vertex AI says how many tokens it billed. No rate of training is known to the book, so a job is unpriced, and visible.
"""

from collections.abc import Iterator, Mapping
from types import SimpleNamespace
from typing import Any

from gemledger import attributes, payer, semconv, settlement
from gemledger.attributes import Request
from gemledger.one_exchange_call import OneExchangeCall
from gemledger.opening import Opener
from gemledger.remembered import Remembered
from gemledger.surfaces.one_exchange import Answered, Free, wrap_one, wrap_one_async
from gemledger.surfaces.surface import Surface

TUNINGS = "google.genai.tunings"
_OPERATION = "tune"
_TIER = "tuning"
"""Tokens of training are no tokens of any tier that answers: under this name a book may have rates for them."""
_STATS = ("supervised_tuning_data_stats", "preference_optimization_data_stats")

_PAYING: Remembered[Mapping[str, str]] = Remembered()
_SETTLED: Remembered[bool] = Remembered()


class Submitted(Answered):
    """The answer to a request for a tuned model: a job."""

    __slots__ = ()

    def read(self, response: Any) -> None:  # noqa: ANN401 - a TuningJob
        """Billed later."""
        self.doubts = ("settled_later",)
        self.told = _job(response)


class LookedAt(Free):
    """A look at a job."""

    __slots__ = ()

    def read(self, response: Any) -> None:  # noqa: ANN401 - a TuningJob
        """How far it is."""
        super().read(response)
        self.told = _job(response)


class Tuned(Answered):
    """A job that succeeded."""

    __slots__ = ()

    def read(self, response: Any) -> None:  # noqa: ANN401 - a TuningJob
        """The tokens that were billed, where the platform says so."""
        self.tier_served = _TIER
        found = [getattr(response.tuning_data_stats, name, None) for name in _STATS]
        counts = [getattr(stats, "total_billable_token_count", None) for stats in found]
        known = [count for count in counts if count is not None]
        if known:
            self.metadata = SimpleNamespace(prompt_token_count=sum(known))


def _job(job: Any) -> attributes.Attributes:  # noqa: ANN401 - a TuningJob
    return {semconv.JOB_NAME: job.name, semconv.JOB_STATE: _state(job)} if job.name else {}


def _state(job: Any) -> str:  # noqa: ANN401 - as above
    """As Google says it, without the prefix, in lower case."""
    state = str(getattr(job.state, "value", job.state) or "")
    return state.removeprefix("JOB_STATE_").lower()


def _submitted(opener: Opener, call: OneExchangeCall, job: Any) -> None:  # noqa: ANN401 - as above
    """Keep in mind who asked."""
    if job.name:
        _PAYING.keep(job.name, payer.current_attributes())
        _looked_at(opener, call, job)


def _looked_at(opener: Opener, call: OneExchangeCall, job: Any) -> None:  # noqa: ANN401 - as above
    """Settle a job that succeeded, the first time that this process sees it so. One that failed is not billed."""
    if _state(job) != "succeeded" or not job.name or not _SETTLED.keep(job.name, thing=True):
        return
    recorder, began_ns = opener.recorder, call.start_ns
    if job.create_time is not None:
        began_ns = int(job.create_time.timestamp() * 1_000_000) * 1_000
    model = job.base_model or call.request.model
    tuned = Tuned(None, Request(_OPERATION, model, None, None, False, call.request.endpoint), None)
    tuned.observe(job)
    tuned.settle(recorder.book, began_ns, ())
    told = settlement.told_by(tuned.request, tuned, recorder.book.version, calls=0)
    told.update(_PAYING.get(job.name) or {})
    times = (began_ns, recorder.clock())
    settlement.settle(recorder, f"tuning:{job.name}", job.name, told, times)


def _tuning(_: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"model": kwargs.get("base_model"), "config": kwargs.get("config")}


def _surfaces() -> Iterator[Surface]:
    for owner, wrapped in (("Tunings", wrap_one), ("AsyncTunings", wrap_one_async)):
        tune = wrapped(_OPERATION, Submitted, arguments=_tuning, then=_submitted)
        look = wrapped("tune_get", LookedAt, then=_looked_at)
        yield Surface(TUNINGS, owner, "tune", tune, since="3.4")
        yield Surface(TUNINGS, owner, "get", look, since="3.4")


SURFACES = tuple(_surfaces())
