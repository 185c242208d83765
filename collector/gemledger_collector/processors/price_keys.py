"""Rates for a whole batch: looked up once per distinct key, then gathered into columns."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from gemledger.pricing import Book, Usage
from gemledger.pricing.bounds import stated_cell
from gemledger.pricing.tariff import NO_STEP, SLOT_NS, Side, tariff_of
from gemledger.pricing.units import unknown_fee
from gemledger_collector.processors.batches import Integers, Keys, Mask, integers, mask

DOUBTS_ABOUT_FEES = (
    "fee_unknown:enterprise_prompt",
    "fee_unknown:grounding_query",
    "fee_unknown:maps_query",
    "grounding_unreported",
    "maps_queries_assumed",
)
"""In the order in which a single call has them; each is a bit of ``Found.fee_doubts``."""


@dataclass(frozen=True, slots=True)
class Found:
    """The rates of each row.

    ``known``: there is a rate for every cell that has tokens; ``why`` is the reason where there is none, ``free`` the
    one where nothing is charged, ``doubts`` are those of the rates themselves. ``peculiar`` rows have a price that
    depends on more than their rates: a doubt between two prices that are both known.
    """

    pico_usd_per_token: Mapping[str, Integers]
    pico_usd_per_unit: Mapping[str, Integers]
    known: Mask
    why: pa.Array
    free: pa.Array
    doubts: pa.Array
    fee_doubts: Integers
    inferred: Mask
    long_context: Mask
    peculiar: Mask
    price_row: pa.Array


class TariffTable:
    """Every (platform, model, tier, region, endpoint, eight hours) of a batch, with both sides of its context step."""

    def __init__(self, rows: pa.RecordBatch, book: Book) -> None:
        keys = Keys(len(rows))
        model = pc.coalesce(rows.column("response_model"), rows.column("request_model"))
        region = pc.coalesce(rows.column("account_location"), rows.column("region"))
        keys.add(rows.column("platform").fill_null(""))
        keys.add(model.fill_null(""))
        keys.add(rows.column("service_tier").fill_null("standard"))
        keys.add(region.fill_null("global"))
        keys.add(rows.column("server_address").fill_null(""))
        keys.add(pa.array(integers(rows.column("start_time_unix_nano")) // SLOT_NS))
        self._of_row = keys.of_row
        self._tariffs = [tariff_of(book, *key) for key in keys.distinct()]
        self._sides = [side for tariff in self._tariffs for side in (tariff.base, tariff.long)]
        self._rows = rows

    def look_up(
        self, usage: Usage, cells: Mapping[str, Integers], quantities: Mapping[str, Integers]
    ) -> Found:
        """The rates of each row, given how long its prompt is, and which cells and units it has something in."""
        threshold = self._gathered([tariff.threshold for tariff in self._tariffs])
        above, unclear = self._steps(usage, threshold)
        index = self._of_row * 2 + above
        known: Mask = np.array([side is not None for side in self._sides], dtype=bool)[index]
        why = _texts([why for tariff in self._tariffs for why in tariff.why], index)
        picos, known, why, inferred = self._cells(cells, index, known, why)
        fees, fee_doubts, unsure_fee = self._fees(quantities, index)
        return Found(
            picos,
            fees,
            known,
            why,
            _texts([tariff.free for tariff in self._tariffs], self._of_row),
            _texts([",".join(side.doubts) if side else "" for side in self._sides], index),
            fee_doubts,
            inferred | unsure_fee,
            above & known,
            unclear | self._is_peculiar(usage, index),
            _texts([side.rows[0] if side else None for side in self._sides], index),
        )

    def _gathered(self, of_tariff: Sequence[int]) -> Integers:
        return np.array(of_tariff, dtype=np.int64)[self._of_row]

    def _steps(self, usage: Usage, threshold: Integers) -> tuple[Mask, Mask]:
        """Which rows are above the context step, and which may be. A sum of calls cannot tell, so its sender does."""
        above: Mask = usage.prompt_tokens > threshold
        unclear: Mask = (~above) & (usage.input_tokens > threshold)
        said = self._rows.column("unsampled_long_context")
        if said.null_count < len(said):
            is_sum = said.is_valid().to_numpy(zero_copy_only=False)
            above = np.where(is_sum, mask(said) & (threshold < NO_STEP), above)
            # Whether they were unclear a sum can tell even less; its reasons do.
            unclear &= ~is_sum
        return above, unclear

    def _cells(
        self, cells: Mapping[str, Integers], index: Integers, known: Mask, why: pa.Array
    ) -> tuple[dict[str, Integers], Mask, pa.Array, Mask]:
        """The rate of every cell in each row; ``known`` and ``why`` narrowed to it; where a rate is inferred."""
        picos, inferred = {}, np.zeros(len(index), dtype=bool)
        for cell, count in cells.items():
            pico, missing, unsure = self._cell(cell)
            picos[cell] = pico[index]
            lacking = known & missing[index] & (count > 0)
            if lacking.any():
                known = known & ~lacking
                why = pc.if_else(pa.array(lacking), f"no_rate:{cell}", why)
            if unsure.any():
                inferred |= unsure[index] & (count > 0)
        return picos, known, why, inferred

    def _cell(self, cell: str) -> tuple[Integers, Mask, Mask]:
        """The cell's rate on each side, where a side has rates but none for this cell, and where it is inferred."""
        found = [side.rates.pico_usd(cell) if side else 0 for side in self._sides]
        unsure = [
            bool(side and stated_cell(side.rates, cell) in side.rates.inferred_cells)
            for side in self._sides
        ]
        missing = np.array([pico is None for pico in found], dtype=bool)
        return np.array([pico or 0 for pico in found], dtype=np.int64), missing, np.array(unsure)

    def _fees(
        self, quantities: Mapping[str, Integers], index: Integers
    ) -> tuple[dict[str, Integers], Integers, Mask]:
        """What a unit costs in each row, the doubts about it as bits, and whether a fee that is charged is inferred."""
        picos: dict[str, Integers] = {}
        doubts = np.zeros(len(index), dtype=np.int64)
        inferred: Mask = np.zeros(len(index), dtype=bool)
        for unit, count in quantities.items():
            fees = [side.fees[unit] if side else None for side in self._sides]
            pico = np.array([fee.pico_usd or 0 if fee else 0 for fee in fees], dtype=np.int64)
            unknown = np.array([fee is not None and fee.pico_usd is None for fee in fees])
            picos[unit] = pico[index]
            doubts |= _bit(unknown_fee(unit)) * (unknown[index] & (count > 0))
            unsure = [_is_inferred(side, unit) for side in self._sides]
            inferred |= np.array(unsure)[index] & (count > 0) & (picos[unit] > 0)
        if quantities:
            doubts |= _doubts_about_counts(picos, quantities)
        return picos, doubts, inferred

    def _is_peculiar(self, usage: Usage, index: Integers) -> Mask:
        """Near a change of price; or with output of which nobody says whether it is the dear kind."""
        near = np.array([bool(side and side.other) for side in self._sides], dtype=bool)
        dear = np.array([bool(side and side.dear_output) for side in self._sides], dtype=bool)
        peculiar: Mask = near[index] | (dear[index] & (usage.undetailed_output > 0))
        return peculiar


def _doubts_about_counts(
    picos: Mapping[str, Integers], quantities: Mapping[str, Integers]
) -> Integers:
    """Where searches are billed by the query, and the response tells of the prompt only."""
    unreported = (
        (quantities["grounded_prompt"] > 0)
        & (quantities["grounding_query"] == 0)
        & (picos["grounding_query"] > 0)
    )
    assumed = (quantities["maps_query"] > 0) & (picos["maps_query"] > 0)
    bits: Integers = (
        _bit("grounding_unreported") * unreported + _bit("maps_queries_assumed") * assumed
    )
    return bits


def _bit(doubt: str) -> int:
    return 1 << DOUBTS_ABOUT_FEES.index(doubt)


def _is_inferred(side: Side | None, unit: str) -> bool:
    return side is not None and side.fees[unit].name in side.rates.inferred_cells


def _texts(of_key: Iterable[str | None], index: Integers) -> pa.Array:
    """One text per key, taken for each row."""
    return pa.array(list(of_key), pa.string()).take(pa.array(index))
