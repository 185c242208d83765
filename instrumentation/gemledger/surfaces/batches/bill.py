"""The bill of one batch: its lines priced one by one, added up in few settlements, the rest counted."""

from typing import TYPE_CHECKING, Any

from gemledger import receipts, semconv
from gemledger.attributes import Attributes, Endpoint, Request
from gemledger.exchange import Exchange
from gemledger.pricing import Book, engine
from gemledger.settled import SettledCall
from gemledger.settlement import settle, whole_bill
from gemledger.surfaces.batches.groups import above_last_step, kind_of, name_of
from gemledger.surfaces.batches.job import Job
from gemledger.surfaces.batches.lines import TIER, Failed, line_of, unreadable
from gemledger.unsampled.summing import Sum

if TYPE_CHECKING:
    from collections.abc import Hashable

    from gemledger.call import CallRecorder

_MOST_ALONE = 500
"""Lines that get a settlement each; further ones are added up in spite of their doubts, which are told."""
_MOST_LISTED = 100
"""Numbers of broken lines that are told; more are counted."""
_FREE = engine.FREE._replace(reasons=("free_operation",))


class Bill:
    """Takes in the results of a job in their order; ``tell`` emits what they come to.

    Everything is priced at the time at which the job was handed in. What is told follows from the results alone.
    """

    def __init__(self, job: Job, endpoint: Endpoint, book: Book, at_ns: int) -> None:
        self._job, self._book = job, book
        self._at_ns = at_ns if job.created_ns is None else job.created_ns
        self._request = Request("batch", job.model, None, None, stream=False, endpoint=endpoint)
        self._sums: dict[str, list[Sum]] = {}
        self._lines = self._alone = self._failed = 0
        self._broken: list[int] = []
        self._long: set[str] = set()
        """Groups above every price step by models that this book does not know: a collector's may."""

    def add(self, number: int, result: Any) -> None:  # noqa: ANN401 - an inlined response, a parsed line, or None
        """One more result, which stands at this number, from 1. Whoever holds its response may ask what it cost."""
        self._lines += 1
        line = line_of(result, self._request)
        if line is None:
            self._broken.append(number)
        elif isinstance(line, Failed):
            self._failed += 1
            self._sum(f"failed-{line}", self._call((), _FREE, str(line)))
        else:
            line.settle(self._book, self._at_ns, ())
            receipts.file(result.response, line.cost)
            call = self._call((line,), line.cost, None)
            group = self._group_of(number, line)
            self._sum(group, call)
            if above_last_step(line) and not line.cost.rows:
                self._long.add(group)

    def tell(self, recorder: "CallRecorder") -> None:
        """Emit the settlements."""
        if self._broken:
            # An exchange without usage: that has no price. None at all would be a request that Google refused.
            line = unreadable(self._request)
            line.settle(self._book, self._at_ns, ())
            for _ in self._broken:
                self._sum("broken", self._call((line,), line.cost, None))
        told = {
            f"batch:{self._job.name}:{group}" + (f"-{part}" if part else ""): self._told(
                group, held
            )
            for group, sums in self._sums.items()
            for part, held in enumerate(sums)
        }
        whole = self._whole() | whole_bill(told)
        for settlement_id, attributes in told.items():
            times_ns = (self._at_ns, recorder.clock())
            settle(recorder, settlement_id, self._job.name, attributes | whole, times_ns)

    def _told(self, group: str, held: Sum) -> Attributes:
        """What a settlement says of itself."""
        attributes = held.attributes(self._book.version)
        if group in self._long:
            attributes[semconv.UNSAMPLED_LONG_CONTEXT] = True
        if group == "broken":
            attributes[semconv.BATCH_BROKEN_LINES] = tuple(self._broken[:_MOST_LISTED])
        return attributes

    def _whole(self) -> Attributes:
        """What every settlement says of the job."""
        return {
            **self._job.told(),
            semconv.SERVICE_TIER: TIER,
            semconv.JOB_REQUESTS: self._lines,
            semconv.JOB_RESULTS_OK: self._lines - self._failed - len(self._broken),
            semconv.JOB_RESULTS_FAILED: self._failed,
            semconv.JOB_RESULTS_BROKEN: len(self._broken),
        }

    def _group_of(self, number: int, line: Exchange) -> str:
        """The group in whose sum the line is."""
        kind: Hashable | None = kind_of(line)
        if kind is not None:
            return name_of(kind)
        self._alone += 1
        if self._alone <= _MOST_ALONE:
            return f"line-{number}"
        return name_of(("further", line.model or "", line.facts.reasons if line.facts else ()))

    def _call(self, lines: tuple[Exchange, ...], cost: Any, error: str | None) -> SettledCall:  # noqa: ANN401 - a Cost
        """A result as the bookkeeping wants it. Who pays is the submitter, whom the collector knows."""
        return SettledCall(self._request, self._at_ns, {}, lines, cost, error, 1)

    def _sum(self, group: str, call: SettledCall) -> None:
        """Add a result to its group; a sum that has become too large to be believed is followed by another."""
        sums = self._sums.setdefault(group, [])
        if not sums or sums[-1].is_full:
            alone = self._book.version if group.startswith("line-") else None
            sums.append(Sum(call, alone))
        sums[-1].add(call)
