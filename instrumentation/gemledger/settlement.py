"""What is billed after the call that asked for it is over, told once however often somebody looks.

A batch, a video, a background interaction is billed when it is done, and whoever fetches it then tells of it: any
process, any number of times. All tell the same span: its trace id follows from the job's name, its span id from the
settlement's, and it starts when the job was submitted, by Google's clock. It passes the sampler, as sums do.
"""

from collections.abc import Collection
from hashlib import blake2b
from typing import TYPE_CHECKING

from gemledger import attributes, semconv
from gemledger.attributes import Attributes, Request

if TYPE_CHECKING:
    from gemledger.call import CallRecorder
    from gemledger.exchange import Exchange


def settle(
    recorder: "CallRecorder",
    settlement_id: str,
    job_name: str,
    told: Attributes,
    times_ns: tuple[int, int],
) -> None:
    """Emit one settlement. ``told`` is everything else about it; ``times_ns`` when the job was submitted, and now."""
    if recorder.unsampled is None:
        return
    told[semconv.JOB_NAME] = job_name
    told[semconv.SETTLEMENT_ID] = settlement_id
    identity = (_hashed(job_name, 16), _hashed(settlement_id, 8))
    recorder.unsampled.emit(semconv.SETTLEMENT_SPAN, told, times_ns, identity)


def whole_bill(settlement_ids: Collection[str]) -> Attributes:
    """What each settlement of a job says of them all; to be told with a job of several.

    Another version of this library may group results otherwise, under other ids. The bill that began to be told first
    counts, and a settlement of another one is known by this digest.
    """
    digest = _hashed("\n".join(sorted(settlement_ids)), 8)
    return {
        semconv.JOB_SETTLEMENTS: len(settlement_ids),
        semconv.JOB_SETTLEMENTS_DIGEST: f"{digest:016x}",
    }


def told_by(request: Request, exchange: "Exchange", book_version: str, *, calls: int) -> Attributes:
    """Span attributes of one exchange, already settled, that stands for ``calls`` calls: 0 where one is told already.

    Who pays is not among them: that is whoever submitted the job, as the collector knows.
    """
    constant = attributes.constant(request.operation, request.model, False, request.endpoint)
    told: Attributes = {**constant.starting, **constant.known}
    told[semconv.UNSAMPLED_CALLS] = calls
    told[semconv.UNSAMPLED_LONG_CONTEXT] = any("/long/" in row for row in exchange.cost.rows)
    exchange.write_response(told)
    told[semconv.EXCHANGES] = told[semconv.ATTEMPTS] = 1
    if exchange.reading is not None:
        attributes.write_usage(told, exchange.reading)
    attributes.write_cost(told, exchange.cost, book_version)
    return told


def _hashed(text: str, size: int) -> int:
    """An id of ``size`` bytes; never 0, which is no valid one."""
    digest = blake2b(text.encode(), digest_size=size, person=b"settlement").digest()
    return int.from_bytes(digest, "big") or 1
