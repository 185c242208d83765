"""The calls about batches: each costs nothing, and says which job it is about, and how that stands."""

from typing import TYPE_CHECKING, Any

from gemledger import semconv
from gemledger.attributes import Request
from gemledger.pricing import Book
from gemledger.surfaces.batches.job import job_of
from gemledger.surfaces.one_exchange import Answered

if TYPE_CHECKING:
    from gemledger.surfaces.batches.committed import Estimate


class Created(Answered):
    """A job was handed in: billed when it is done, and expected to cost what ``estimate`` says."""

    __slots__ = ("estimate",)

    def __init__(self, estimate: "Estimate", call: Any, request: Request, answer: Any) -> None:  # noqa: ANN401 - as Answered's
        super().__init__(call, request, answer)
        self.estimate = estimate

    def read(self, response: Any) -> None:  # noqa: ANN401 - a BatchJob
        """Which job it became."""
        self.doubts, self.tier_served = ("settled_later",), "batch"
        job = job_of(response)
        if job is not None:
            self.told = job.told()

    def settle(self, book: Book, at_unix_nano: int, reasons: tuple[str, ...]) -> None:
        """It costs nothing yet; what it will is an estimate, and no part of any bill."""
        super().settle(book, at_unix_nano, reasons)
        if self.estimate.requests is not None:
            self.told[semconv.JOB_REQUESTS] = self.estimate.requests
        committed = None if self.facts is None else self.estimate.pico_usd(book, self.facts)
        if committed is not None:
            self.told[semconv.JOB_COMMITTED_PICO_USD] = committed


class Looked(Answered):
    """Somebody looked at a job."""

    __slots__ = ()

    def read(self, response: Any) -> None:  # noqa: ANN401 - a BatchJob
        """Which one, and how it stands."""
        self.doubts = ("free_operation",)
        job = job_of(response)
        if job is not None:
            self.told = job.told()


class Listed(Answered):
    """Somebody looked at a page of jobs; a page of one is a look at it. What is billed is told by settlements."""

    __slots__ = ()

    def read(self, response: Any) -> None:  # noqa: ANN401 - a ListBatchJobsResponse
        """How the only one stands."""
        self.doubts = ("free_operation",)
        jobs = list(getattr(response, "batch_jobs", None) or ())
        job = job_of(jobs[0]) if len(jobs) == 1 else None
        if job is not None:
            self.told = job.told()


class Named(Answered):
    """A job was cancelled or deleted: the answer does not say which, the request does."""

    __slots__ = ("name",)

    def __init__(self, name: Any, call: Any, request: Request, answer: Any) -> None:  # noqa: ANN401 - as Answered's
        super().__init__(call, request, answer)
        self.name = name

    def read(self, response: Any) -> None:  # noqa: ANN401, ARG002 - says nothing
        """Which one."""
        self.doubts = ("free_operation",)
        if isinstance(self.name, str) and self.name:
            self.told = {semconv.JOB_NAME: self.name, semconv.BATCH_NAME: self.name}
