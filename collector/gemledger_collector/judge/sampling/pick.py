"""One answer that was picked to be judged."""

from dataclasses import dataclass

from gemledger_collector.storage.sampled_answers import Answer


@dataclass(frozen=True, slots=True)
class Pick:
    """An answer, and how it came to be in the sample.

    ``inclusion_probability`` (0 to 1) is how likely an answer like it was to be picked; an estimate counts it
    1 / inclusion_probability times. ``representative`` is False where it is only here for what it says or what was
    said of it (a boost): change detection leaves such answers out, estimates weight them down.
    """

    answer: Answer
    inclusion_probability: float
    because: str = "rate"
    representative: bool = True
