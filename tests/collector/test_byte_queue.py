"""Who takes from a gathering queue waits for company, and never for ever."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from gemledger_collector.byte_queue import QUIET_SECONDS, GatheringQueue

ENOUGH, LIMIT = 100, 1_000


@pytest.fixture
def taker() -> Iterator[ThreadPoolExecutor]:
    """The thread that takes."""
    with ThreadPoolExecutor(1) as pool:
        yield pool


@pytest.fixture
def queue() -> GatheringQueue[str]:
    """A queue that thinks 100 bytes enough, of which one item is being worked on."""
    waiting: GatheringQueue[str] = GatheringQueue(LIMIT, ENOUGH)
    waiting.offer("first", 10)
    assert waiting.take(LIMIT) == ["first"]
    waiting.begun(1)
    return waiting


def still_waits(taken: Future[list[str]]) -> bool:
    """Whether nothing was taken in several times the time in which a queue gives up on those who are expected."""
    try:
        taken.result(timeout=10 * QUIET_SECONDS)
    except TimeoutError:
        return True
    return False


def test_what_arrives_while_others_are_worked_on_is_taken_with_those_who_were_answered(
    queue: GatheringQueue[str], taker: ThreadPoolExecutor
) -> None:
    """One group of everybody, rather than two that take turns."""
    queue.offer("second", 10)
    taken = taker.submit(queue.take, LIMIT)
    assert still_waits(taken)
    queue.done(1)
    queue.offer("first again", 10)
    assert taken.result(timeout=10) == ["second", "first again"]


def test_somebody_who_was_answered_and_does_not_come_again_is_not_waited_for(
    queue: GatheringQueue[str], taker: ThreadPoolExecutor
) -> None:
    """After a quiet moment the others go on without."""
    queue.offer("second", 10)
    taken = taker.submit(queue.take, LIMIT)
    queue.done(1)
    assert taken.result(timeout=10) == ["second"]


def test_a_large_item_is_taken_while_others_are_worked_on(
    queue: GatheringQueue[str], taker: ThreadPoolExecutor
) -> None:
    """Where there is much to do, both threads work."""
    queue.offer("second", 10)
    taken = taker.submit(queue.take, LIMIT)
    queue.offer("large", ENOUGH)
    assert taken.result(timeout=10) == ["second", "large"]


def test_a_queue_that_is_closed_gives_what_it_has(
    queue: GatheringQueue[str], taker: ThreadPoolExecutor
) -> None:
    """Whoever shuts down waits for nobody."""
    queue.offer("second", 10)
    taken = taker.submit(queue.take, LIMIT)
    queue.close()
    assert taken.result(timeout=10) == ["second"]
    assert queue.take(LIMIT) == []
