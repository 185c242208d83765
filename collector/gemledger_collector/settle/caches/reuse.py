"""What implicit caching saves, and what it would have saved had prompts kept a stable beginning. Pure.

The estimate: of a feature's prompts, in this version and to this model, the share that was cached in its best hour (or
a share that whoever asks assumes) could have been cached all the time. The tokens that are missing to it would have
cost the cache rate instead of the input rate. It is an estimate: nobody promises a hit.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from gemledger.pricing import Book
from gemledger_collector.settle.caches.savings import Tokens
from gemledger_collector.storage.prompt_reuse import Prompts

_MINIMUM_TOKENS = (("pro", 4_096), ("gemini-4", 4_096), ("", 1_024))
"""By a word in the model's name: the shortest prompt that Google caches by itself. Recollection for 2.5 and 3,
assumption for Gemini 4: no page of Google's was read."""


def minimum_tokens(model: str) -> int:
    """The shortest prompt of which Gemini caches a part by itself."""
    return next(tokens for word, tokens in _MINIMUM_TOKENS if word in model)


@dataclass(frozen=True, slots=True)
class Reuse:
    """One feature, prompt version and model. Money is picoUSD, None where the book lacks a rate."""

    feature: str | None
    prompt_version: str | None
    model: str
    calls: int
    prompt_tokens: int
    cached_tokens: int
    possible_share: Fraction | None
    saved_pico_usd: int | None
    could_save_pico_usd: int | None
    minimum_tokens: int
    seen_calls: int
    short_calls: int

    @property
    def hit_share(self) -> Fraction:
        """The share of prompt tokens that were cached."""
        return Fraction(self.cached_tokens, max(1, self.prompt_tokens))


def reuse_of(prompts: Iterable[Prompts], assumed_share: Fraction | None, book: Book) -> list[Reuse]:
    """One row per feature, prompt version and model; those of most tokens first."""
    together: dict[tuple[str | None, str | None, str], list[Prompts]] = {}
    for each in prompts:
        together.setdefault((each.feature, each.prompt_version, each.model), []).append(each)
    rows = [_reuse(parts, assumed_share, book) for parts in together.values()]
    return sorted(rows, key=lambda row: -row.prompt_tokens)


def _reuse(parts: Sequence[Prompts], assumed_share: Fraction | None, book: Book) -> Reuse:
    first = parts[0]
    shortest = minimum_tokens(first.model)
    share = assumed_share if assumed_share is not None else _best(first)
    return Reuse(
        feature=first.feature,
        prompt_version=first.prompt_version,
        model=first.model,
        calls=sum(each.calls for each in parts),
        prompt_tokens=sum(each.prompt_tokens for each in parts),
        cached_tokens=sum(each.cached_tokens for each in parts),
        possible_share=share,
        saved_pico_usd=_sum(_saved(each, book) for each in parts),
        could_save_pico_usd=_sum(_could_save(each, share, book) for each in parts),
        minimum_tokens=shortest,
        seen_calls=sum(each.seen_calls for each in parts),
        short_calls=sum(each.below[shortest] for each in parts),
    )


def _best(prompts: Prompts) -> Fraction | None:
    best = prompts.best_hit_share
    return None if best is None else Fraction(best).limit_denominator(10**9)


def _saved(prompts: Prompts, book: Book) -> int | None:
    """What the hits saved, by what was really paid for them."""
    as_input = _tokens(prompts, prompts.cached_tokens).as_input(book)
    return None if as_input is None else as_input - prompts.paid_pico_usd


def _could_save(prompts: Prompts, share: Fraction | None, book: Book) -> int | None:
    """What more hits would have saved; the tokens that were missing are taken as text."""
    if share is None:
        return 0
    missing = max(0, int(share * prompts.prompt_tokens) - prompts.cached_tokens)
    tokens = _tokens(prompts, missing, by_modality=False)
    as_input, as_cached = tokens.as_input(book), tokens.as_cached(book)
    return None if as_input is None or as_cached is None else as_input - as_cached


def _tokens(prompts: Prompts, tokens: int, *, by_modality: bool = True) -> Tokens:
    return Tokens(
        (prompts.platform, prompts.model, prompts.region),
        prompts.tier,
        long_context=prompts.long_context,
        at_unix_nano=prompts.first,
        tokens=tokens,
        by_modality=prompts.cached_by_modality if by_modality else {},
    )


def _sum(amounts: Iterable[int | None]) -> int | None:
    """None where one is unknown."""
    every = list(amounts)
    return None if None in every else sum(amount or 0 for amount in every)
