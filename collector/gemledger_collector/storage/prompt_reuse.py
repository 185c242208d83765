"""How much of the prompts Gemini had cached by itself, and how long they were."""

from collections.abc import Mapping
from dataclasses import dataclass

from gemledger_collector.storage.cache_reads import MODALITIES
from gemledger_collector.storage.transaction import Snapshot


@dataclass(frozen=True, slots=True)
class Prompts:
    """Calls of one feature and prompt version to one model, at one price. ``first`` is in unix nanoseconds.

    ``below`` counts prompts shorter than so many tokens, among the ``seen_calls``: a sum of calls cannot tell.
    ``best_hit_share`` is the best hour's, None where no hour had enough calls.
    """

    feature: str | None
    prompt_version: str | None
    model: str
    platform: str
    tier: str
    region: str
    long_context: bool
    first: int
    calls: int
    seen_calls: int
    below: Mapping[int, int]
    prompt_tokens: int
    cached_tokens: int
    cached_by_modality: Mapping[str, int]
    paid_pico_usd: int
    best_hit_share: float | None


def prompts_between(
    snapshot: Snapshot, since: int, until: int, *, fewest_calls: int, most: int
) -> list[Prompts]:
    """Prompts of calls that began in [since, until) (unix nanoseconds), those of most tokens first."""
    parameters = {"since": since, "until": until, "fewest_calls": fewest_calls, "most": most}
    return [
        Prompts(
            feature=row["feature"],
            prompt_version=row["prompt_version"],
            model=row["model"] or "",
            platform=row["platform"] or "",
            tier=row["service_tier"],
            region=row["region"],
            long_context=bool(row["long_context"]),
            first=row["first"],
            calls=int(row["calls"]),
            seen_calls=row["seen_calls"],
            below={1_024: row["below_1024"], 4_096: row["below_4096"]},
            prompt_tokens=int(row["prompt_tokens"]),
            cached_tokens=int(row["cached_tokens"]),
            cached_by_modality={
                each: int(row[f"{each}_tokens"]) for each in MODALITIES if row[f"{each}_tokens"]
            },
            paid_pico_usd=int(row["paid_pico_usd"]),
            best_hit_share=row["best_hit_share"],
        )
        for row in snapshot.query("prompt_reuse", parameters).to_pylist()
    ]
