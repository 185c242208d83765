"""What this process knows of batches: which it has told the bill of, which file holds whose results, what it uploaded.

Everything is bounded, and the oldest is forgotten first: a bill that is told again is told under the same ids. What
only few apps need is loaded when one does.
"""

import weakref
from typing import TYPE_CHECKING, Any

from gemledger.guard import guarded
from gemledger.surfaces.batches.job import Job, job_of

if TYPE_CHECKING:
    from gemledger.attributes import Endpoint
    from gemledger.call import CallRecorder
    from gemledger.opening import Opener
    from gemledger.surfaces.batches.bill import Bill
    from gemledger.surfaces.batches.committed import Uploaded
    from gemledger.surfaces.batches.reader import Reader

_MOST_TOLD, _MOST_FILES, _MOST_UPLOADS = 10_000, 1_000, 1_000
_LOOKED_INTO = 1024 * 1024
"""Bytes of an uploaded file of requests in which lines are counted; of a larger one their mean length is taken."""


class Desk:
    """One per opener."""

    def __init__(self) -> None:
        self._told: dict[str, None] = {}
        self._files: dict[str, Job] = {}
        self.uploads: dict[str, Uploaded] = {}

    def look(self, recorder: "CallRecorder", endpoint: "Endpoint", answer: Any) -> None:  # noqa: ANN401 - a BatchJob
        """Somebody has seen a job: if its results are there, its bill is told, once."""
        job = job_of(answer)
        if job is None or not job.ended:
            return
        if job.file_name is not None:
            _remember(self._files, file_name_of(job.file_name), job, _MOST_FILES)
        if not job.results:
            return
        from gemledger.surfaces.batches.bill import Bill  # noqa: PLC0415 - see above

        bill = Bill(job, endpoint, recorder.book, recorder.clock())
        for number, result in enumerate(job.results, 1):
            bill.add(
                number, result
            )  # also when it is told already: each look has responses of its own
        self._tell(recorder, job, bill)

    def reader_of(self, opener: "Opener", module: Any, file: Any) -> "Reader | None":  # noqa: ANN401 - Files, and a file in any form
        """What reads along where a file holds a job's results whose bill is not told yet; None for any other file."""
        job = self._files.get(file_name_of(file))
        if job is None or job.name in self._told:
            return None
        from gemledger.surfaces.batches.bill import Bill  # noqa: PLC0415 - see above
        from gemledger.surfaces.batches.reader import Reader  # noqa: PLC0415 - see above

        recorder = opener.recorder
        bill = Bill(job, opener.endpoint(module), recorder.book, recorder.clock())
        return Reader(bill, lambda: self._tell(recorder, job, bill))

    def _tell(self, recorder: "CallRecorder", job: Job, bill: "Bill") -> None:
        if job.name not in self._told:
            bill.tell(recorder)
            _remember(self._told, job.name, None, _MOST_TOLD)

    @guarded
    def uploaded(self, source: Any, file: Any) -> None:  # noqa: ANN401 - what was uploaded, and the SDK's File
        """A file may become the requests of a batch."""
        size, name = getattr(file, "size_bytes", None), getattr(file, "name", None)
        if type(size) is int and isinstance(name, str):
            from gemledger.surfaces.batches.committed import Uploaded  # noqa: PLC0415 - see above

            requests, exact = _requests_in(source, size)
            _remember(self.uploads, name, Uploaded(size, requests, exact), _MOST_UPLOADS)


def file_name_of(file: Any) -> str:  # noqa: ANN401 - a name, a uri, or an object of the SDK's that has one
    """``files/…``, in whatever form it is given; empty where it is none."""
    given = file if isinstance(file, str) else getattr(file, "name", None)
    name = given.rpartition("files/")[2] if isinstance(given, str) else ""
    for end in ":/?":
        name = name.partition(end)[0]
    return f"files/{name}" if name else ""


def _requests_in(source: Any, size: int) -> tuple[int | None, bool]:  # noqa: ANN401 - a path, or a stream
    """How many lines there are, and whether all were counted. A stream is its owner's, and not read again."""
    if not isinstance(source, str) or not source.endswith(".jsonl"):
        source = getattr(source, "__fspath__", str)()
        if not isinstance(source, str) or not source.endswith(".jsonl"):
            return None, False
    with open(source, "rb") as opened:  # noqa: PTH123 - pathlib takes longer to load than to be of use here
        looked_into = opened.read(_LOOKED_INTO)
    lines = sum(1 for line in looked_into.split(b"\n") if line.strip())
    if len(looked_into) == size:
        return lines, True
    return max(lines * size // max(len(looked_into), 1), 1), False


def _remember(known: dict[str, Any], name: str, what: Any, most: int) -> None:  # noqa: ANN401 - whatever is kept
    known[name] = what
    if len(known) > most:
        known.pop(next(iter(known)), None)


_desks: "weakref.WeakKeyDictionary[Opener, Desk]" = weakref.WeakKeyDictionary()


def desk_of(opener: "Opener") -> Desk:
    """The opener's own."""
    desk = _desks.get(opener)
    return _desks.setdefault(opener, Desk()) if desk is None else desk
