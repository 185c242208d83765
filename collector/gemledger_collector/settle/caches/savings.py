"""What cached tokens would have cost as fresh input: by the rates of the calls that read them. Pure."""

from collections.abc import Mapping

from gemledger.pricing import Book, Usage, billable_cells


class Tokens:
    """Tokens of a prompt, and what their price depends on; ``place`` is platform, model and region."""

    __slots__ = ("at_unix_nano", "by_modality", "long_context", "place", "tier", "tokens")

    def __init__(
        self,
        place: tuple[str, str, str],
        tier: str,
        *,
        long_context: bool,
        at_unix_nano: int,
        tokens: int,
        by_modality: Mapping[str, int],
    ) -> None:
        self.place = place
        self.tier = tier
        self.long_context = long_context
        self.at_unix_nano = at_unix_nano
        self.tokens = tokens
        self.by_modality = by_modality

    def as_input(self, book: Book) -> int | None:
        """Their cost as fresh input in picoUSD; None where a rate is missing."""
        return self._cost(book, cached=0)

    def as_cached(self, book: Book) -> int | None:
        """Their cost as cached input."""
        return self._cost(book, cached=self.tokens)

    def _cost(self, book: Book, *, cached: int) -> int | None:
        platform, model, region = self.place
        rates = book.rates_for(
            platform, model, self.tier, self.long_context, self.at_unix_nano, region
        )
        if rates is None:
            return None
        hits = self.by_modality if cached else {}
        usage = Usage(self.tokens, 0, cached, 0, 0, self.by_modality, hits, {}, 0)
        total = 0
        for cell, count in billable_cells(usage).items():
            pico = rates.pico_usd(cell)
            if count and pico is None:
                return None
            total += count * (pico or 0)
        return total
