"""Is everything patched, exported, priced? ``gemledger doctor`` prints what is found here.

An app may ask in its own process, where it sees what is really patched and imported::

    for finding in gemledger.doctor.examine():
        print(finding.state, finding.says, finding.remedy)
"""

import datetime as dt
import os
from collections.abc import Generator, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from gemledger.doctor import prices, shipping, software, surroundings
from gemledger.doctor.finding import FAILED, OK, WARNING, Finding

if TYPE_CHECKING:
    from gemledger.doctor.canary import Answered

__all__ = ["FAILED", "OK", "WARNING", "Finding", "examine"]


def examine(
    endpoint: str | None = None,
    models: tuple[str, ...] = (),
    *,
    environ: Mapping[str, str] = os.environ,
    now: dt.datetime | None = None,
) -> Iterator[Finding]:
    """Everything that could keep a call from being recorded, exported or priced; each as soon as it is known.

    ``endpoint`` is a collector's base address, else as OTEL_EXPORTER_OTLP_* say. ``models`` are ids that must have a
    price. ``now`` has a time zone. One span, ``gemledger.canary``, is sent to the collector. Raises nothing.
    """
    at = now or dt.datetime.now(dt.UTC)
    yield from _kept("software", software.examine(environ))
    answer: Answered | None = yield from _kept("export", shipping.examine(endpoint, environ))
    yield from _kept("prices", prices.examine(models, environ, at))
    if answer is not None:
        yield from _kept("calls", prices.seen(answer))
    yield from _kept("processes", surroundings.examine(environ))


def _kept(check: str, findings: Iterator[Finding]) -> Generator[Finding, None, Any]:
    """The findings, and one more where a check itself broke: the others are wanted all the same."""
    try:
        return (yield from findings)
    except Exception as error:  # noqa: BLE001 - the doctor is asked when things are broken
        yield Finding(
            check,
            FAILED,
            f"could not be checked: {type(error).__name__}: {error}",
            "please report this, with the whole output",
        )
        return None
