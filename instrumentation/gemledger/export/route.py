"""How spans get from an app to its collector, as OTEL_* and GEMLEDGER_SPOOL_DIR say, and how many did."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from gemledger.export.otlp import Destination
from gemledger.export.spool_directory import directory_for

_logger = logging.getLogger("gemledger")

MAX_BYTES = 64 * 2**20


class Delivery(NamedTuple):
    """What became of the spans so far: ended in this process, acknowledged by the collector, waiting on disk."""

    ended: int
    delivered: int
    spooled: int = 0

    @property
    def dropped(self) -> int:
        """Neither delivered nor on disk: lost, or still waiting in memory if there was no flush."""
        return self.ended - self.delivered - self.spooled


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """Where spans go and how: ``directory`` of the spool, None for memory alone; ``delay_seconds`` between requests."""

    destination: Destination
    directory: Path | None
    max_bytes: int
    max_queue: int = 16_384
    max_batch: int = 512
    delay_seconds: float = 1.0


def route(
    endpoint: str | None, environ: Mapping[str, str], base: Path | None, max_bytes: int = MAX_BYTES
) -> Route:
    """Where spans go, as OTEL_* say; ``base`` is the directory of the spool, None for memory alone.

    A directory that cannot be used is one warning: spans then wait in memory.
    """
    destination = Destination.from_environ(endpoint, environ)
    directory = None
    if base is not None:
        try:
            directory = directory_for(destination.url, base)
        except OSError as error:
            _logger.warning(
                "cannot spool spans to disk (%s); they wait in memory, and are lost if the process is killed",
                error,
            )
    return Route(
        destination=destination,
        directory=directory,
        max_bytes=max_bytes,
        max_queue=_whole(environ, "OTEL_BSP_MAX_QUEUE_SIZE", 16_384),
        max_batch=min(512, _whole(environ, "OTEL_BSP_MAX_EXPORT_BATCH_SIZE", 512)),
        delay_seconds=_whole(environ, "OTEL_BSP_SCHEDULE_DELAY", 1_000) / 1_000,
    )


def _whole(environ: Mapping[str, str], name: str, default: int) -> int:
    """A whole number above 0 from the environment, or the default with a warning."""
    text = environ.get(name, "").strip()
    if not text:
        return default
    if text.isdecimal() and int(text) > 0:
        return int(text)
    _logger.warning("%s=%s is not a whole number above 0; using %d", name, text, default)
    return default
