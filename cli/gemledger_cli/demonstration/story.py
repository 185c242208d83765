"""The story of the demo's prompt: when it changed, when the alert told, after how many judged answers, as promised."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from gemledger_collector.estimation.cusum import design
from gemledger_simulator import features, traffic

RULE = "support-accuracy"
NANOSECONDS = 10**9
WITHOUT_ERRORS = (0.03, 0.15, 6000)
"""The chart whose curve `benchmarks/quality.py` draws: acceptable, unacceptable, one false alarm in so many answers."""

# The judged answers are those the alert had seen when it fired: asked for by then, and judged by then.
TOLD = f"""
WITH alarm AS (
    SELECT started_at_unix_nano AS asked, firing_since_unix_nano AS fired
    FROM alerts
    WHERE rule = '{RULE}' AND json_extract_string("filter", '$.prompt_version') = '{traffic.LIVE_PROMPT_VERSION}'
      AND firing_since_unix_nano IS NOT NULL
    ORDER BY fired LIMIT 1
), answers AS (
    SELECT arg_max(label, judged_at_unix_nano) AS label
    FROM evaluations
    WHERE dimension = 'accuracy' AND kind IS NULL AND error IS NULL
      AND feature = '{features.SUPPORT_CHAT}' AND prompt_version = '{traffic.LIVE_PROMPT_VERSION}'
      AND call_start_unix_nano <= coalesce((SELECT asked FROM alarm), call_start_unix_nano)
      AND judged_at_unix_nano <= coalesce((SELECT fired FROM alarm), judged_at_unix_nano)
    GROUP BY trace_id, span_id
)
SELECT (SELECT asked FROM alarm) AS asked, (SELECT fired FROM alarm) AS fired,
       count(*) FILTER (WHERE label IN ('good', 'bad')) AS judged, count(*) FILTER (WHERE label = 'bad') AS flagged
FROM answers
"""  # noqa: S608 - constants of ours


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptStory:
    """What happened to the new prompt version; no alert yet: ``fired_at`` is None and the counts are those so far."""

    changed_at: datetime
    asked_at: datetime | None
    """When the call was made whose verdict tipped the chart."""
    fired_at: datetime | None
    judged: int
    flagged: int
    promise: str
    """What the alert said of itself when it was told."""

    @classmethod
    def read(cls, changed_at: datetime, promise: str, row: dict[str, Any]) -> "PromptStory":
        """From the row that ``TOLD`` gives."""
        return cls(
            changed_at=changed_at,
            asked_at=_instant(row["asked"]),
            fired_at=_instant(row["fired"]),
            judged=int(row["judged"]),
            flagged=int(row["flagged"]),
            promise=promise,
        )

    def lines(self) -> Iterator[str]:
        """For the person at the terminal."""
        version = traffic.LIVE_PROMPT_VERSION
        counted = (
            f"{self.judged} of its answers were judged for accuracy, {self.flagged} of them flagged"
        )
        yield "What became of the new prompt (UTC):"
        yield f"  {clock(self.changed_at)}  {features.SUPPORT_CHAT} changed to prompt {version}"
        if self.fired_at is None or self.asked_at is None:
            yield f"  not yet     the alert {RULE}: so far {counted}; let the demo run longer"
            return
        yield f"  {clock(self.asked_at)}  the call was made whose verdict tipped the chart: by then {counted}"
        after = (self.fired_at - self.changed_at).total_seconds()
        yield f"  {clock(self.fired_at)}  the alert {RULE} fired, {after:.1f} s after the change"
        if self.promise:
            yield f"  promised    {self.promise}"
        ideal = design(*WITHOUT_ERRORS)
        yield (
            f"  to compare  were the judge never wrong, a rise from 3 % to 15 % would be seen within {ideal.median} "
            f"in half of all cases, within {ideal.p90} in nine of ten"
        )

    def as_json(self) -> dict[str, Any]:
        """For machines."""
        return {
            "prompt_version": traffic.LIVE_PROMPT_VERSION,
            "changed_at": self.changed_at.isoformat(),
            "asked_at": None if self.asked_at is None else self.asked_at.isoformat(),
            "fired_at": None if self.fired_at is None else self.fired_at.isoformat(),
            "judged": self.judged,
            "flagged": self.flagged,
            "promise": self.promise,
        }


def clock(instant: datetime) -> str:
    """The time of day of UTC, to a tenth of a second."""
    return f"{instant:%H:%M:%S}.{instant.microsecond // 100_000}"


def _instant(unix_nano: object) -> datetime | None:
    return (
        None
        if unix_nano is None
        else datetime.fromtimestamp(int(str(unix_nano)) / NANOSECONDS, UTC)
    )
