"""Finds the rates that hold for a model, tier, prompt size, instant and region; the half that looks up."""

import functools
import importlib.resources
import tomllib
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from gemledger.pricing import schema
from gemledger.pricing.schema import BookError, ModelRows, RateRow

_DEFAULT_LOCATIONS = ("", "global")


@dataclass(frozen=True, slots=True)
class Rates:
    """What tokens cost, in integer picoUSD per token, and where that is written.

    ``pico_usd_per_token`` maps token cells: the five classes for text, and ``input.audio`` and the like where a
    modality costs something else. ``row`` identifies the entry: platform/model/tier/context/from, for history.
    """

    row: str
    confidence: str
    pico_usd_per_token: Mapping[str, int]
    source: str = ""
    read_on: str = ""

    def pico_usd(self, cell: str) -> int | None:
        """Rate of one cell, or None where it is unknown.

        A known input modality without a rate of its own costs what text does; an output modality without one, and a
        modality nobody has heard of, has none.
        """
        rate = self.pico_usd_per_token.get(cell)
        kind, _, modality = cell.partition(".")
        if rate is None and kind != "output" and modality in schema.MODALITIES:
            rate = self.pico_usd_per_token.get(kind)
        return rate


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


class _Timeline:
    """The dated rates of one kind, oldest first; each holds until the next begins."""

    __slots__ = ("_rates", "_starts")

    def __init__(self, dated: Iterable[tuple[int, Rates]]) -> None:
        ordered = sorted(dated, key=lambda entry: entry[0])
        self._starts = [start for start, _ in ordered]
        self._rates = [rates for _, rates in ordered]

    def at(self, unix_nano: int) -> Rates | None:
        """The rates in force at an instant; None before the first."""
        position = bisect_right(self._starts, unix_nano)
        return self._rates[position - 1] if position else None


_Kind = tuple[str, str, str, str, str]
"""platform, model, tier, context, region"""


class Book:
    """Every rate we know, immutable once read. Build it with ``load_book()`` or ``Book.parse``."""

    def __init__(self, version: str, models: Mapping[str, tuple[ModelRows, ...]]) -> None:
        self.version = version
        self._ids: dict[tuple[str, str], str] = {}
        self._thresholds: dict[tuple[str, str], int] = {}
        self._timelines: dict[_Kind, _Timeline] = {}
        for platform, entries in models.items():
            for model in entries:
                self._add(platform, model)

    @classmethod
    def parse(cls, files: Mapping[str, str]) -> "Book":
        """A book from file name → TOML text. Raises BookError naming file, row and key."""
        versions: dict[str, str] = {}
        models: dict[str, tuple[ModelRows, ...]] = {}
        for file, text in files.items():
            try:
                document = tomllib.loads(text, parse_float=Decimal)
            except tomllib.TOMLDecodeError as error:
                raise BookError(f"{file}: not TOML: {error}") from error
            platform, version, entries = schema.parse(document, file)
            if platform in models:
                raise BookError(f"{file}: platform: {platform!r} already has a file")
            versions[file], models[platform] = version, entries
        if len(set(versions.values())) != 1:
            raise BookError(f"version: the files of one book must agree, found {versions}")
        return cls(next(iter(versions.values())), models)

    def _add(self, platform: str, model: ModelRows) -> None:
        """Index one model under its id and aliases."""
        for name in (model.id, *model.aliases):
            self._ids[platform, name] = model.id
        if model.long_context_above is not None:
            self._thresholds[platform, model.id] = model.long_context_above
        kinds: dict[_Kind, list[tuple[int, Rates]]] = {}
        for row in model.rows:
            kind = (platform, model.id, row.tier, row.context, row.region)
            kinds.setdefault(kind, []).append((row.from_unix_nano, _rates(platform, model.id, row)))
        self._timelines.update({kind: _Timeline(dated) for kind, dated in kinds.items()})

    def knows(self, platform: str, model: str) -> bool:
        """Whether the model, in any path form or alias, is in the book at all."""
        return (platform, model_id(model)) in self._ids

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
        endpoint; where the book knows no uplift for regions, the global rate holds.
        """
        name = self._ids.get((platform, model_id(model)))
        if name is None:
            return None
        context = "long" if long_context and (platform, name) in self._thresholds else "base"
        timeline = None
        if region not in _DEFAULT_LOCATIONS:
            timeline = self._timelines.get((platform, name, tier, context, "regional"))
        if timeline is None:
            timeline = self._timelines.get((platform, name, tier, context, "global"))
        return timeline.at(at_unix_nano) if timeline is not None else None

    def long_context_threshold(self, platform: str, model: str, at_unix_nano: int) -> int | None:
        """Prompt tokens strictly above which the whole exchange costs the "long" rates; None without a step."""
        del at_unix_nano  # no step has moved so far; a dated one would be looked up here
        name = self._ids.get((platform, model_id(model)))
        return None if name is None else self._thresholds.get((platform, name))


def _rates(platform: str, model: str, row: RateRow) -> Rates:
    """A row as rates, with the id by which history refers to it."""
    region = "" if row.region == "global" else f"@{row.region}"
    context = "base" if row.context == "base" else "long"
    return Rates(
        row=f"{platform}/{model}/{row.tier}{region}/{context}/{row.from_date.isoformat()}",
        confidence=row.confidence,
        pico_usd_per_token=dict(row.pico_usd_per_token),
        source=row.source,
        read_on=row.read_on.isoformat(),
    )


@functools.cache
def load_book() -> Book:
    """The book that ships with gemledger; read once per process, about 5 ms."""
    folder = importlib.resources.files("gemledger.pricing") / "books"
    files = sorted((entry for entry in folder.iterdir() if entry.name.endswith(".toml")), key=str)
    return Book.parse({entry.name: entry.read_text(encoding="utf-8") for entry in files})
