"""How long to leave a model alone that fails; pure."""

LONGEST_SECONDS = 300.0
SHORTEST_SECONDS = 1.0


def pause_seconds(interval: float, failures: int, hint: float, drawn: float) -> float:
    """Seconds until the next round: the interval, doubled with each failure in a row, never sooner than Google asks.

    ``drawn`` is a number in [0, 1) that spreads many judges over half of the pause.
    """
    if failures == 0:
        return interval
    grown = max(interval, SHORTEST_SECONDS) * 2.0 ** min(failures, 20)
    return max(min(grown, LONGEST_SECONDS) * (0.5 + 0.5 * drawn), hint)
