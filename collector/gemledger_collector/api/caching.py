"""``GET /api/v1/caching``: how much of the prompts Gemini caches by itself, and what a stable prefix would save."""

from fractions import Fraction
from typing import Annotated, Any

from fastapi import APIRouter, Query

from gemledger_collector.api.context import Ask, Instant, iso, unix_nano
from gemledger_collector.errors import Rejected
from gemledger_collector.settle.caches.reuse import Reuse, reuse_of
from gemledger_collector.storage.prompt_reuse import prompts_between

Json = dict[str, Any]
router = APIRouter(tags=["caches"])

_DAY_NANO = 24 * 3600 * 10**9
_DEFAULT_DAYS, _MOST_DAYS = 7, 92
_MOST_GROUPS = 10_000
_FEWEST_CALLS = 10


@router.get("/api/v1/caching")
def get_caching(
    ask: Ask,
    since: Instant | None = None,
    until: Instant | None = None,
    assumed_share: Annotated[float | None, Query(ge=0, le=1)] = None,
    limit: Annotated[int, Query(ge=1, le=1_000)] = 100,
) -> Json:
    """Hit share by feature, prompt version and model, of calls that read no explicit cache; the last seven days.

    could_save is an estimate: what more tokens at the cache rate would have saved, had the share of the best hour (of
    at least ten calls), or ``assumed_share``, been cached all the time. Money is picoUSD in decimal strings.
    """
    end = ask.clock() if until is None else unix_nano(until)
    start = end - _DEFAULT_DAYS * _DAY_NANO if since is None else unix_nano(since)
    if not 0 < end - start <= _MOST_DAYS * _DAY_NANO:
        raise Rejected(f"until has to be after since, and by {_MOST_DAYS} days at most")
    with ask.store.reading() as snapshot:
        prompts = prompts_between(
            snapshot, start, end, fewest_calls=_FEWEST_CALLS, most=_MOST_GROUPS
        )
    share = None if assumed_share is None else Fraction(str(assumed_share))
    rows = reuse_of(prompts, share, ask.book)
    return {
        "since": iso(start),
        "until": iso(end),
        "assumed_share": assumed_share,
        "rows": [_row(row) for row in rows[:limit]],
        "totals": _totals(rows),
        "truncated": len(rows) > limit or len(prompts) == _MOST_GROUPS,
        "estimate": "could_save_pico_usd is an estimate: nobody promises a cache hit",
    }


def _row(row: Reuse) -> Json:
    share = row.possible_share
    return {
        "feature": row.feature,
        "prompt_version": row.prompt_version,
        "model": row.model,
        "calls": row.calls,
        "prompt_tokens": row.prompt_tokens,
        "cached_tokens": row.cached_tokens,
        "hit_share": round(float(row.hit_share), 6),
        "possible_share": None if share is None else round(float(share), 6),
        "saved_pico_usd": _money(row.saved_pico_usd),
        "could_save_pico_usd": _money(row.could_save_pico_usd),
        "minimum_prompt_tokens": row.minimum_tokens,
        "seen_calls": row.seen_calls,
        "short_calls": row.short_calls,
    }


def _totals(rows: list[Reuse]) -> Json:
    prompt, cached = (
        sum(getattr(row, name) for row in rows) for name in ("prompt_tokens", "cached_tokens")
    )
    return {
        "calls": sum(row.calls for row in rows),
        "prompt_tokens": prompt,
        "cached_tokens": cached,
        "hit_share": round(cached / prompt, 6) if prompt else 0.0,
        "saved_pico_usd": str(sum(row.saved_pico_usd or 0 for row in rows)),
        "could_save_pico_usd": str(sum(row.could_save_pico_usd or 0 for row in rows)),
        "seen_calls": sum(row.seen_calls for row in rows),
        "short_calls": sum(row.short_calls for row in rows),
    }


def _money(pico: int | None) -> str | None:
    """A string: a browser's numbers end at 2**53."""
    return None if pico is None else str(pico)
