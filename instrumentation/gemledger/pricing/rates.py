"""The rates of one exchange, and the dated rates of one kind one after the other."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from gemledger.pricing.rows import ModelRows, RateRow, unix_nano
from gemledger.pricing.vocabulary import MODALITIES

EIGHT_HOURS_NS = 8 * 3_600_000_000_000
"""Google's billing day is Pacific, up to eight hours behind the UTC days of the book."""
_FOREVER = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Rates:
    """What things cost, in integer picoUSD, and where that is written.

    ``pico_usd_per_token`` maps token cells: the five classes for text, and ``input.audio`` and the like where a
    modality costs something else. ``pico_usd_per_unit`` maps what is billed by the piece: ``grounding_query``,
    ``video_second.1080p``, ``token_hour``. A cell or unit that is absent is unknown, not free.
    ``row`` identifies the entry, for history: platform/model/tier[@regional]/base or long/from; ``overlay:`` before
    it where a user's file had a say. ``confidence`` is ``published`` or ``inferred``; ``inferred_cells`` are the
    cells and units of the row, all or some, that nobody read on Google's own page.
    """

    row: str
    confidence: str
    pico_usd_per_token: Mapping[str, int]
    pico_usd_per_unit: Mapping[str, int] = field(default_factory=dict)
    source: str = ""
    read_on: str = ""
    inferred_cells: frozenset[str] = frozenset()

    def pico_usd(self, cell: str) -> int | None:
        """Rate of one token cell, or None where it is unknown.

        A known input modality without a rate of its own costs what text does, a document what an image does; an
        output modality without one, and a modality nobody has heard of, has none.
        """
        rate = self.pico_usd_per_token.get(cell)
        if rate is not None:
            return rate
        kind, _, modality = cell.partition(".")
        if kind == "output" or modality not in MODALITIES:
            return None
        if (
            modality == "document"
            and (rate := self.pico_usd_per_token.get(f"{kind}.image")) is not None
        ):
            return rate
        return self.pico_usd_per_token.get(kind)

    def unit_pico_usd(self, unit: str, resolution: str = "") -> int | None:
        """Price of one unit, at this resolution where it has a price of its own; None where it is unknown."""
        rate = self.pico_usd_per_unit.get(f"{unit}.{resolution}") if resolution else None
        return self.pico_usd_per_unit.get(unit) if rate is None else rate


def rates_of(model: ModelRows, row: RateRow) -> Rates:
    """A row as rates: tool_use costs what input does and thoughts what output does unless the row says otherwise."""
    cells, inferred = dict(row.pico_usd_per_token), set(row.inferred)
    for cell, owner in (("tool_use", "input"), ("thoughts", "output")):
        if owner in cells and cell not in cells:
            cells[cell] = cells[owner]
            inferred.update({cell} if owner in inferred else ())
    region = "" if row.region == "global" else f"@{row.region}"
    layer = f"{row.layer}:" if row.layer else ""
    name = f"{layer}{model.platform}/{model.id}/{row.tier}{region}/{row.context}/{row.from_date.isoformat()}"
    return Rates(
        row=name,
        confidence=row.confidence,
        pico_usd_per_token=cells,
        pico_usd_per_unit=dict(row.pico_usd_per_unit),
        source=row.source,
        read_on=row.read_on,
        inferred_cells=frozenset(inferred),
    )


class Timeline:
    """The dated rates of one kind, oldest first; each holds until its end or until the next begins."""

    __slots__ = ("_ends", "_rates", "_starts")

    def __init__(self, dated: Iterable[tuple[int, int, Rates]]) -> None:
        ordered = sorted(dated, key=lambda entry: entry[0])
        self._starts = [start for start, _, _ in ordered]
        self._ends = [end for _, end, _ in ordered]
        self._rates = [rates for _, _, rates in ordered]

    @classmethod
    def of(cls, model: ModelRows, kind: tuple[str, str, str]) -> "Timeline":
        """The rows of one tier, context and region."""
        rows = model.of_kind(kind)
        return cls(
            (
                unix_nano(row.from_date),
                _FOREVER if row.until_date is None else unix_nano(row.until_date),
                rates_of(model, row),
            )
            for row in rows
        )

    def at(self, unix_nano: int) -> Rates | None:
        """The rates in force at an instant; None before the first and after an end."""
        position = bisect_right(self._starts, unix_nano) - 1
        if position < 0 or unix_nano >= self._ends[position]:
            return None
        return self._rates[position]

    def other_near(self, unix_nano: int) -> Rates | None:
        """The rates of the other side where others begin or end to hold within eight hours of this instant."""
        now = self.at(unix_nano)
        for start in self._starts[1:]:
            if start - EIGHT_HOURS_NS <= unix_nano < start + EIGHT_HOURS_NS:
                other = self.at(start if unix_nano < start else start - 1)
                return (
                    other if now is not None and other is not None and _differ(now, other) else None
                )
        return None

    def inferred(self) -> "Timeline":
        """The same rates where nobody has published that they hold: all of them inferred."""
        return Timeline(
            (start, end, replace(rates, confidence="inferred", inferred_cells=_everything(rates)))
            for start, end, rates in zip(self._starts, self._ends, self._rates, strict=True)
        )


def _everything(rates: Rates) -> frozenset[str]:
    return frozenset((*rates.pico_usd_per_token, *rates.pico_usd_per_unit))


def _differ(one: Rates, other: Rates) -> bool:
    return (one.pico_usd_per_token, one.pico_usd_per_unit) != (
        other.pico_usd_per_token,
        other.pico_usd_per_unit,
    )


NOTHING = Timeline(())
"""The timeline of what the book does not know."""
