"""How many of a slot are judged at least, and where that puts its limit; pure."""

from collections.abc import Sequence

HOUR_NANO = 3600 * 10**9


def quota(per_hour: int, slot_start: int, slot: int) -> int:
    """The part of an hour's number that falls to a slot: those of an hour sum to it exactly."""
    slots = HOUR_NANO // slot
    index = slot_start % HOUR_NANO // slot
    return per_hour * (index + 1) // slots - per_hour * index // slots


def most_quota(per_hour: int, slot: int) -> int:
    """The largest quota of any slot."""
    return -(-per_hour * slot // HOUR_NANO)


def threshold(lowest: Sequence[float], wanted: int) -> float:
    """Where exactly ``wanted`` positions lie below: at the next one; 1 where there are no more than that.

    Given the others, an answer below it would have been in at any position below it, and out above: so its
    probability is the threshold itself, and weights of 1/threshold are unbiased (bottom-k sampling).
    """
    return lowest[wanted] if len(lowest) > wanted else 1.0
