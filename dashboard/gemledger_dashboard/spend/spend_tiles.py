"""The figures of the chosen time, with what must stand beside them."""

from dataclasses import dataclass

from gemledger_dashboard.drawing import formats
from gemledger_dashboard.drawing.tiles import Tile
from gemledger_dashboard.frame.filters import Window
from gemledger_dashboard.spend import certainty
from gemledger_dashboard.spend.spend_answers import Spend
from gemledger_dashboard.spend.sums import Sums


@dataclass(frozen=True, slots=True)
class Compared:
    """The spend of a window, that of the window it is compared with, and what that one is."""

    now: Spend
    before: Spend
    window: Window


def figures(compared: Compared) -> list[Tile]:
    """Cost, change, calls, cost per call, what has no team."""
    sums = compared.now.totals
    return [
        Tile("Cost", formats.usd(sums.priced_pico_usd), certainty.certainty(sums)),
        _change(compared),
        Tile(
            "Calls", formats.count(sums.calls), f"{formats.plural(sums.errors, 'error')} among them"
        ),
        _per_call(sums),
        _unowned(sums),
    ]


def change(now: int | None, before: int | None) -> str:
    """By how much a cost is more or less, in percent; the dash where there is nothing to compare with."""
    if now is None or not before:
        return formats.MISSING
    sign = "+" if now > before else "-" if now < before else ""
    return f"{sign}{formats.share(abs(now - before), before)}"


def cost_per_call(sums: Sums) -> int | None:
    """PicoUSD of a call that has a price, rounded down; None where none has."""
    priced = sums.calls - sums.unpriced_calls
    return sums.cost_pico_usd // priced if priced > 0 else None


def _change(compared: Compared) -> Tile:
    before = compared.before.totals
    described = compared.window.describe().removesuffix(f", {compared.window.zone.key}")
    note = f"{formats.usd(before.priced_pico_usd)} from {described}"
    if before.calls == 0:
        note = f"no calls from {described}: nothing to compare with"
    elif before.unpriced_calls:
        note += f" | {formats.count(before.unpriced_calls)} unpriced"
    return Tile(
        "Change",
        change(compared.now.totals.priced_pico_usd, before.priced_pico_usd),
        note,
        "Against as much of the month before, or the same number of days or hours before.",
    )


def _per_call(sums: Sums) -> Tile:
    priced = sums.calls - sums.unpriced_calls
    note = f"of {formats.plural(priced, 'call')} with a price" if priced else "no call has a price"
    return Tile("Cost per call", formats.usd(cost_per_call(sums)), note)


def _unowned(sums: Sums) -> Tile:
    return Tile(
        "Without an owner",
        formats.share(sums.unowned_pico_usd, sums.cost_pico_usd),
        f"{formats.usd(sums.unowned_pico_usd)} has no team" if sums.calls else "no calls",
        "Rules in the collector's configuration can say whose it is, also of last month.",
    )
