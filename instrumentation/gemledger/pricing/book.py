"""Finds the rates that hold for a model, tier, prompt size, instant and region; the half that looks up."""

import functools
import logging
import pkgutil
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from gemledger.pricing import built
from gemledger.pricing.rates import EIGHT_HOURS_NS, NOTHING, Rates, Timeline
from gemledger.pricing.rows import BookError, ModelRows, unix_nano
from gemledger.pricing.terms import Terms, list_prices_hold

__all__ = [
    "OVERLAY_VARIABLE",
    "Book",
    "Rates",
    "book_from_environ",
    "load_book",
    "load_book_with_overlay",
    "model_id",
]

OVERLAY_VARIABLE = "GEMLEDGER_PRICE_OVERLAY"
_DEFAULT_LOCATIONS = ("", "global")
_MOST_REMEMBERED = 4096
_NEVER = (0, 0)

_log = logging.getLogger("gemledger")

_Key = tuple[str, str, str, bool, str]
"""platform, model as it was named, tier, long context, region"""


@functools.lru_cache(maxsize=4096)
def model_id(name: str) -> str:
    """The bare model id in any path form the SDK accepts.

    ``models/x``, ``publishers/google/models/x`` and ``projects/…/models/x`` all name ``x``. A tuned model or an
    endpoint (``tunedModels/x``, ``…/endpoints/1``) keeps its path: its price is not that of a base model.
    """
    head, separator, last = name.rpartition("/")
    if not separator:
        return name
    own_project = head.startswith("projects/") and "/publishers/google/" not in f"{head}/"
    return name if own_project or head.rpartition("/")[2] != "models" else last


class Book:
    """Every rate we know, immutable once read. Build it with ``load_book()`` or ``Book.parse``."""

    def __init__(
        self, version: str, models: Iterable[ModelRows], terms: Terms | None = None
    ) -> None:
        self.version = version
        self.terms = terms or Terms()
        self._models = tuple(models)
        self._by_name = {
            (model.platform, name): model
            for model in self._models
            for name in (model.id, *model.aliases)
        }
        starts = {row.from_date for model in self._models for row in model.rows}
        self._switches = sorted(map(unix_nano, starts))
        self._calm = _NEVER
        self._timelines: dict[_Key, Timeline] = {}
        self._listed: dict[str | None, bool] = {None: False, "": False}

    @classmethod
    def parse(cls, files: Mapping[str, str]) -> "Book":
        """A book from file name → TOML text. Raises BookError naming file, line, row and key."""
        from gemledger.pricing.reading import read_book  # noqa: PLC0415 - apps load the built form, without TOML

        version, models = read_book(files)
        return cls(version, models)

    def models(self) -> Sequence[ModelRows]:
        """Every model with its dated rows, as the files state them."""
        return self._models

    def find(self, platform: str, model: str) -> ModelRows | None:
        """The model behind an id or alias in any path form, or None."""
        return self._by_name.get((platform, model_id(model)))

    def knows(self, platform: str, model: str) -> bool:
        """Whether the model, in any path form or alias, is in the book at all."""
        return (platform, model_id(model)) in self._by_name

    def rates_for(
        self,
        platform: str,
        model: str,
        tier: str,
        long_context: bool,
        at_unix_nano: int,
        region: str = "global",
    ) -> Rates | None:
        """The rates in force, or None where the book has none: unpriced is not free.

        A model without a price step has one price whatever the prompt's length. ``region`` is the location of the
        endpoint; where the book knows no uplift for regions, the global rate holds (inferred, where it knows one for
        another tier of the model).
        """
        timeline = self._timelines.get((platform, model, tier, long_context, region))
        if timeline is None:
            timeline = self._remember(platform, model, tier, long_context, region)
        return timeline.at(at_unix_nano)

    def price_change_near(
        self,
        platform: str,
        model: str,
        tier: str,
        long_context: bool,
        at_unix_nano: int,
        region: str = "global",
    ) -> Rates | None:
        """The other rates, where prices change within eight hours of this instant; None otherwise, nearly for free."""
        begin, end = self._calm
        if begin <= at_unix_nano < end:
            return None
        if self._is_calm(at_unix_nano):
            return None
        timeline = self._timelines.get((platform, model, tier, long_context, region))
        if timeline is None:
            timeline = self._remember(platform, model, tier, long_context, region)
        return timeline.other_near(at_unix_nano)

    def long_context_threshold(self, platform: str, model: str, at_unix_nano: int) -> int | None:
        """Prompt tokens strictly above which the whole exchange costs the "long" rates; None without a step."""
        del at_unix_nano  # no step has moved so far; a dated one would be looked up here
        found = self._by_name.get((platform, model_id(model)))
        return None if found is None else found.long_context_above

    def lists_endpoint(self, server_address: str | None) -> bool:
        """Whether these prices hold at this host: Google's own, loopback, or an endpoint of the overlay."""
        listed = self._listed.get(server_address)
        if listed is None:
            listed = list_prices_hold(server_address or "", self.terms.endpoints)
            if len(self._listed) < _MOST_REMEMBERED:
                self._listed[server_address] = listed
        return listed

    def _remember(
        self, platform: str, model: str, tier: str, long_context: bool, region: str
    ) -> Timeline:
        """Look a timeline up and keep it under the names it was asked by; bounded, for names come from outside."""
        timeline = self._timeline(platform, model, tier, long_context, region)
        if len(self._timelines) < _MOST_REMEMBERED:
            self._timelines[platform, model, tier, long_context, region] = timeline
        return timeline

    def _timeline(
        self, platform: str, model: str, tier: str, long_context: bool, region: str
    ) -> Timeline:
        found = self._by_name.get((platform, model_id(model)))
        if found is None:
            return NOTHING
        context = "long" if long_context and found.long_context_above is not None else "base"
        if region not in _DEFAULT_LOCATIONS and any(row.region == "regional" for row in found.rows):
            regional = (tier, context, "regional")
            if regional in found.kinds:
                return Timeline.of(found, regional)
            return Timeline.of(found, (tier, context, "global")).inferred()
        return Timeline.of(found, (tier, context, "global"))

    def _is_calm(self, at_unix_nano: int) -> bool:
        """Whether nothing in the book begins within eight hours; remembers the calm stretch around the instant."""
        position = bisect_left(self._switches, at_unix_nano)
        before = self._switches[position - 1] + EIGHT_HOURS_NS if position else 0
        after = (
            self._switches[position] - EIGHT_HOURS_NS
            if position < len(self._switches)
            else 2**63 - 1
        )
        if before <= at_unix_nano < after:
            self._calm = (before, after)
            return True
        return False


@functools.cache
def load_book() -> Book:
    """The book that ships with gemledger; read once per process."""
    text = pkgutil.get_data("gemledger.pricing", f"books/{built.FILE}")
    return Book(*built.loads(text or b""))


def load_book_with_overlay(path: str | Path) -> Book:
    """The built-in book under a user's own prices and terms. Raises BookError naming file, line, key and remedy."""
    from gemledger.pricing.overlay import overlaid  # noqa: PLC0415 - few apps have an overlay, and TOML costs time

    return overlaid(load_book(), Path(path))


def book_from_environ(environ: Mapping[str, str]) -> Book:
    """The book an app prices with: the overlay ``GEMLEDGER_PRICE_OVERLAY`` names, else the built-in book.

    A broken overlay is one warning with file, line and remedy, and the built-in book stays in force.
    """
    path = environ.get(OVERLAY_VARIABLE, "").strip()
    if not path:
        return load_book()
    try:
        return load_book_with_overlay(path)
    except BookError as error:
        _warn_once(str(error))
        return load_book()


@functools.lru_cache(maxsize=16)
def _warn_once(problem: str) -> None:
    """Log a broken overlay once, however often the book is asked for."""
    _log.warning("%s: %s; the built-in price book stays in force", OVERLAY_VARIABLE, problem)
