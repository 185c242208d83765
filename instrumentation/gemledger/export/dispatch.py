"""When to send what waits, and what becomes of it: no thread, no clock, no sleep, so that an outage fits in a test."""

import logging
import random
from collections.abc import Callable, Iterator, Sequence

from gemledger.export.backlog import Backlog, Batch
from gemledger.export.otlp import MOST_BYTES, Answer, Verdict
from gemledger.export.spool import SpoolFile

_logger = logging.getLogger("gemledger")

ORPHAN_SCAN_SECONDS = 60.0
HURRIED_BACKOFF_SECONDS = 1.0
"""Longest wait between tries while somebody waits for a flush."""
SHORTEST_WAIT_SECONDS = 0.1
"""Where a collector says "retry after 0"."""
LOSS_LOG_SECONDS = 60.0

Post = Callable[[Sequence[bytes], float], Answer]
Orphans = Callable[[], Iterator[SpoolFile]]


def backoff_seconds(failures: int, chance: float) -> float:
    """The wait after so many failures in a row: 0.5, 1, 2, … 30 s, spread by ±20 % with ``chance`` in [0, 1)."""
    return float(min(0.5 * 2 ** (min(failures, 10) - 1), 30.0)) * (0.8 + 0.4 * chance)


class Dispatch:
    """Sends the records of this process, then those of dead ones, oldest first. One thread uses it; times in seconds.

    ``now`` is of a monotonic clock. ``delivered`` and ``refused`` count this process's own spans.
    """

    def __init__(
        self, own: Backlog, post: Post, orphans: Orphans, *, most_spans: int, delay_seconds: float
    ) -> None:
        self.delivered = self.refused = self.failed_tries = 0
        self._own, self._post, self._orphans = own, post, orphans
        self._most_spans, self._delay_seconds = most_spans, delay_seconds
        self._adopted: Backlog | None = None
        self._adoptable: Iterator[SpoolFile] = iter(())
        self._next_scan = 0.0
        self._next_send = 0.0
        self._draining = False
        self._failures = 0
        self._not_before = 0.0
        self._held_until = 0.0
        self._warned_refusal = False
        self._losses_said, self._say_losses_at = 0, 0.0

    def delay(self, now: float, *, hurried: bool) -> float:
        """Seconds until ``step`` has something to do."""
        if now < self._not_before:
            return self._not_before - now
        waiting = self._own.waiting
        if self._adopted is not None or (waiting and (hurried or self._draining)):
            return 0.0
        if waiting >= self._most_spans:
            return 0.0
        rescan = max(0.0, self._next_scan - now)
        return min(rescan, max(0.0, self._next_send - now)) if waiting else rescan

    def hurry(self, now: float) -> None:
        """Somebody waits: try at once, unless the collector asked for patience."""
        self._not_before = max(now, self._held_until)

    def is_held(self, now: float) -> bool:
        """Whether the collector has asked for patience that is not over."""
        return self._held_until > now

    def step(self, now: float, now_unix: float, *, hurried: bool = False) -> None:
        """Send one request, if one is due."""
        if self.delay(now, hurried=hurried) > 0:
            return
        self._say_losses(now)
        source, batch = self._next(now)
        if source is None or batch is None:
            self._draining, self._next_send = False, now + self._delay_seconds
            return
        self._draining = True
        answer = self._post([record.payload for record in batch.records], now_unix)
        if answer.verdict is Verdict.LATER:
            self._fail(answer, now, hurried=hurried)
        else:
            self._recover()
            self._account(source, batch, answer)

    def stumble(self, error: Exception, now: float) -> None:
        """Something of ours went wrong: wait as after a failure of the collector."""
        self._fail(Answer(Verdict.LATER, repr(error)), now, hurried=False)

    def close(self) -> None:
        """Leave what was adopted to the next process."""
        if self._adopted is not None:
            self._adopted.close()
            self._adopted = None

    def leave(self) -> None:
        """After a fork, in the child: what was adopted stays the parent's."""
        if self._adopted is not None:
            self._adopted.leave()

    def _next(self, now: float) -> tuple[Backlog | None, Batch | None]:
        """The backlog to send from, and what."""
        batch = self._own.next_batch(self._most_spans, MOST_BYTES)
        if batch is not None:
            return self._own, batch
        while self._adopted is not None or self._adopt(now):
            assert self._adopted is not None
            batch = self._adopted.next_batch(self._most_spans, MOST_BYTES)
            if batch is not None:
                return self._adopted, batch
            self._adopted.close()
            self._adopted = None
        return None, None

    def _adopt(self, now: float) -> bool:
        """Take over the file of a dead process, if there is one."""
        if now >= self._next_scan:
            self._next_scan = now + ORPHAN_SCAN_SECONDS
            self._adoptable = self._orphans()
        file = next(self._adoptable, None)
        if file is None:
            return False
        if file.spans:
            _logger.info("sending %d spans that an earlier process left behind", file.spans)
        self._adopted = Backlog(None, 0, file)
        return True

    def _account(self, source: Backlog, batch: Batch, answer: Answer) -> None:
        """Book what the collector took and what it did not."""
        spans = batch.spans - source.settle(batch)
        rejected = min(answer.rejected, spans) if answer.verdict is Verdict.DELIVERED else spans
        if source is self._own:
            self.delivered += spans - rejected
            self.refused += rejected
        if rejected:
            level = logging.DEBUG if self._warned_refusal else logging.WARNING
            self._warned_refusal = True
            _logger.log(
                level, "the collector refused %d spans for good: %s", rejected, answer.why or "?"
            )

    def _fail(self, answer: Answer, now: float, *, hurried: bool) -> None:
        self.failed_tries += 1
        self._failures += 1
        if self._failures == 1:
            _logger.warning(
                "the collector does not take spans (%s); they are kept and sent again", answer.why
            )
        wait = backoff_seconds(self._failures, random.random())  # noqa: S311 - spreads load, no secret
        if hurried:
            wait = min(wait, HURRIED_BACKOFF_SECONDS)
        if answer.retry_after is not None:
            wait = max(answer.retry_after, SHORTEST_WAIT_SECONDS)
            self._held_until = now + wait
        self._not_before = now + wait

    def _recover(self) -> None:
        if self._failures:
            _logger.info("the collector takes spans again, after %d tries", self._failures)
        self._failures, self._held_until = 0, 0.0

    def _say_losses(self, now: float) -> None:
        """At most once a minute, and never for nothing."""
        lost = self._own.lost
        if lost > self._losses_said and now >= self._say_losses_at:
            self._losses_said, self._say_losses_at = lost, now + LOSS_LOG_SECONDS
            _logger.warning(
                "%d spans were lost so far: the oldest made room in a full spool, or the disk damaged them",
                lost,
            )
