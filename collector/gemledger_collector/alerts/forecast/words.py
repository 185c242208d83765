"""What is foreseen, in one line for people; pure."""

from datetime import UTC, datetime

from gemledger_collector.alerts.forecast.foreseen import DAY_NS, Foreseen
from gemledger_collector.alerts.forecast.outlook import TOO_EARLY, Reach
from gemledger_collector.alerts.quantities import usd


def end_in_words(foreseen: Foreseen) -> str:
    """What a period will have cost at its end, never without its interval."""
    if foreseen.outlook is None:
        return TOO_EARLY
    end = foreseen.outlook.end
    low, likely, high = (
        usd(pico) for pico in (end.low_pico_usd, end.likely_pico_usd, end.high_pico_usd)
    )
    over = foreseen.outlook.probability_over(foreseen.limit_pico_usd)
    return (
        f"likely {likely} at the end, {low} to {high} in four of five cases; "
        f"{over:.0%} that {usd(foreseen.limit_pico_usd)} is reached"
    )


def reach_in_words(foreseen: Foreseen, now: int) -> str:
    """When an amount is reached."""
    if foreseen.outlook is None:
        return TOO_EARLY
    reach = foreseen.outlook.reach(foreseen.limit_pico_usd)
    limit = usd(foreseen.limit_pico_usd)
    if reach.likely_days is None:
        return f"{limit} will probably not be reached ({reach.probability:.0%})"
    early, likely, late = (day(at, now) for at in dates_of(reach))
    return f"{limit} will be reached about {likely}, {early} to {late} in four of five cases"


def dates_of(reach: Reach) -> tuple[float | None, float | None, float | None]:
    """Earliest, likely, latest, in days from now."""
    return reach.earliest_days, reach.likely_days, reach.latest_days


def moment_after(days: float | None, now: int) -> int | None:
    """Unix nanoseconds so many days from now."""
    return None if days is None else now + round(days * DAY_NS)


def day(days: float | None, now: int) -> str:
    """A date, or that it is later than anybody can say."""
    at = moment_after(days, now)
    if at is None:
        return "later"
    return datetime.fromtimestamp(at / 10**9, UTC).strftime("%Y-%m-%d")
