"""What ``gemledger price`` shows, as objects for ``--json`` and as plain text: the bare install has no toolkit."""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from gemledger.pricing.layers import in_force
from gemledger.pricing.quoted import dollars, per, usd
from gemledger.pricing.rates import Rates, rates_of
from gemledger.pricing.rows import ModelRows, RateRow, end_of
from gemledger.pricing.upkeep import Finding
from gemledger.pricing.vocabulary import TIERS

_COLUMNS = ("model", "input", "cached", "output", "above", "input", "output", "tiers")


def current_rows(model: ModelRows, at: dt.date, tier: str | None = None) -> list[RateRow]:
    """The rows of a model that hold on a day, standard first."""
    kinds = sorted(model.kinds, key=lambda kind: (TIERS.index(kind[0]), kind[1], kind[2]))
    rows = (in_force(model.of_kind(kind), at) for kind in kinds if tier in (None, kind[0]))
    return [row for row in rows if row is not None]


def listing(models: Iterable[ModelRows], at: dt.date) -> list[dict[str, Any]]:
    """One object for each model with a price on that day: standard rates, and which tiers there are."""
    return [entry for model in models if (entry := _listed(model, at)) is not None]


def _listed(model: ModelRows, at: dt.date) -> dict[str, Any] | None:
    rows = current_rows(model, at)
    standard = next((row for row in rows if row.kind == ("standard", "base", "global")), None)
    if standard is None:
        return None
    long = next((row for row in rows if row.kind == ("standard", "long", "global")), None)
    return {
        "platform": model.platform,
        "model": model.id,
        "aliases": list(model.aliases),
        "usd": _prices(standard),
        "long_context_above": model.long_context_above,
        "usd_long": _prices(long) if long else None,
        "tiers": [tier for tier in TIERS if any(row.tier == tier for row in rows)],
        "confidence": standard.confidence,
    }


def _prices(row: RateRow) -> dict[str, str]:
    return {
        name: usd(name, pico)
        for name, pico in (*row.pico_usd_per_token.items(), *row.pico_usd_per_unit.items())
    }


def detail(
    model: ModelRows, at: dt.date, tier: str | None, tokens: Mapping[str, int]
) -> list[dict[str, Any]]:
    """One object for each row that holds on that day: every cell, its confidence, where it was read.

    Where ``tokens`` are given, also what these cost by it.
    """
    rows = []
    for row in current_rows(model, at, tier):
        entry, rates = _row(model, row), rates_of(model, row)
        rows.append(entry | {"cost_pico_usd": _cost(rates, tokens)} if tokens else entry)
    return rows


def _cost(rates: Rates, tokens: Mapping[str, int]) -> int | None:
    """What the tokens cost; None where one of the cells has no rate."""
    lines = [(rates.pico_usd(cell), count) for cell, count in tokens.items()]
    return (
        None
        if any(pico is None for pico, _ in lines)
        else sum((pico or 0) * n for pico, n in lines)
    )


def _row(model: ModelRows, row: RateRow) -> dict[str, Any]:
    rates, end = rates_of(model, row), end_of(row, model.of_kind(row.kind))
    return {
        "row": rates.row, "platform": model.platform, "model": model.id,
        "tier": row.tier, "context": row.context, "region": row.region,
        "from": row.from_date.isoformat(), "until": end.isoformat() if end else None,
        "cells": [_cell(rates, name, pico) for name, pico in _all(rates)],
        "source": row.source, "read_on": row.read_on, "confidence": row.confidence,
    }  # fmt: skip


def _all(rates: Rates) -> Iterator[tuple[str, int]]:
    yield from rates.pico_usd_per_token.items()
    yield from rates.pico_usd_per_unit.items()


def _cell(rates: Rates, name: str, pico: int) -> dict[str, Any]:
    confidence = "inferred" if name in rates.inferred_cells else "published"
    return {
        "cell": name,
        "usd": usd(name, pico),
        "per": per(name),
        "pico_usd": pico,
        "confidence": confidence,
    }


def listing_text(entries: Sequence[dict[str, Any]], version: str, at: dt.date) -> str:
    """A table a platform. USD per million tokens; models without tokens show what they are billed by."""
    lines = [f"Price book {version}, rates of {at}, standard tier, USD per million tokens.", ""]
    for platform in dict.fromkeys(entry["platform"] for entry in entries):
        rows = [_line(entry) for entry in entries if entry["platform"] == platform]
        lines += [platform, *table(_COLUMNS, rows), ""]
    return "\n".join(
        [
            *lines,
            "~ inferred: nobody has read it on Google's page. `gemledger price MODEL` shows every cell.",
        ]
    )


def _line(entry: dict[str, Any]) -> tuple[str, ...]:
    prices, long = entry["usd"], entry["usd_long"] or {}
    mark = "~" if entry["confidence"] == "inferred" else ""
    above = f"{entry['long_context_above']:,}" if long else ""
    by_unit = (
        "" if "input" in prices else "  ".join(f"{unit} {price}" for unit, price in prices.items())
    )
    return (
        f"{entry['model']}{mark}", prices.get("input", ""), prices.get("cache_read", ""), prices.get("output", ""),
        above, long.get("input", ""), long.get("output", ""), by_unit or " ".join(entry["tiers"]),
    )  # fmt: skip


def detail_text(rows: Iterable[dict[str, Any]]) -> str:
    """A block for each row."""
    return "\n\n".join("\n".join(_block(row)) for row in rows)


def _block(row: dict[str, Any]) -> Iterator[str]:
    where = "" if row["region"] == "global" else ", endpoints of one region"
    step = ", above the context step" if row["context"] == "long" else ""
    until = f" until {row['until']}" if row["until"] else ""
    yield f"{row['platform']}  {row['model']}  {row['tier']}{step}{where}  from {row['from']}{until}"
    cells = [
        (cell["cell"], cell["usd"], f"per {cell['per']}", cell["confidence"])
        for cell in row["cells"]
    ]
    yield from (f"  {line}" for line in table((), cells))
    if "cost_pico_usd" in row:
        yield f"  cost  {_priced(row['cost_pico_usd'])}"
    yield f"  read {row['read_on'] or '(by you)'}: {row['source']}"
    yield f"  row  {row['row']}"


def _priced(pico: int | None) -> str:
    return "unpriced: a cell has no rate" if pico is None else f"{dollars(pico)} USD"


def findings_text(found: Sequence[Finding], version: str, at: dt.date) -> str:
    """What needs attention, then what is worth knowing."""
    lines = [f"Price book {version} on {at}"]
    for title, wanted in (("needs attention", True), ("known changes ahead", False)):
        chosen = [one for one in found if one.needs_attention is wanted]
        lines += ["", f"{title}: {len(chosen) or 'nothing'}"]
        lines += [f"  {one.day}  {one.kind}: {one.subject}: {one.text}" for one in chosen]
    return "\n".join(lines)


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Columns as wide as their widest cell; what reads as a number stands to the right."""
    every = [head, *rows] if head else list(rows)
    widths = (
        [max(len(row[column]) for row in every) for column in range(len(every[0]))] if every else []
    )
    right = [any(row[column][:1].isdigit() for row in rows) for column in range(len(widths))]
    return [
        "  ".join(
            cell.rjust(width) if number else cell.ljust(width)
            for cell, width, number in zip(row, widths, right, strict=True)
        ).rstrip()
        for row in every
    ]
