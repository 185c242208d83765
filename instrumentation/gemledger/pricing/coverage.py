"""What rows of one model may not do to each other: overlap, leave gaps, or be there only in half."""

import datetime as dt
import itertools

from gemledger.pricing.places import Place
from gemledger.pricing.rows import ModelRows, RateRow
from gemledger.pricing.vocabulary import CONTEXTS, REGIONS, TIERS

Span = tuple[dt.date, dt.date]
"""First day in force, first day no longer; ``date.max`` where no end is known."""


def refuse_contradictions(place: Place, model: ModelRows) -> None:
    """Raise BookError for overlaps, gaps, and prices that are there for only one side of a step or a border."""
    refuse_overlaps(place, model)
    for kind in model.kinds:
        _refuse_gaps(place, model.of_kind(kind), model)
    has_long = any(row.context == "long" for row in model.rows)
    if (model.long_context_above is None) == has_long:
        raise place.error(
            "long_context_above", 'a model has it exactly when it has rates of context "long"'
        )
    for tier, context, region in model.kinds:
        if has_long:
            other = "long" if context == "base" else "base"
            _refuse_halves(place, model, (tier, context, region), (tier, other, region))
        if region == "regional":
            _refuse_uncovered(place, model, (tier, context, region), (tier, context, "global"))
    for row in model.rows:
        _refuse_half_prices(place, model, row)


def refuse_overlaps(place: Place, model: ModelRows) -> None:
    """Raise BookError where two rows of one kind hold on one day, or a row on none."""
    for kind in model.kinds:
        rows = model.of_kind(kind)
        for row, following in itertools.pairwise(rows):
            where = " ".join((*kind, following.from_date.isoformat()))
            if following.from_date == row.from_date:
                raise _at(place, model, following).error("from", f"two rates for {where}; keep one")
            if row.until_date is not None and row.until_date > following.from_date:
                raise _at(place, model, row).error(
                    "until", f"overlaps the next rate, {where}; end it there"
                )
        for row in rows:
            if row.until_date is not None and row.until_date <= row.from_date:
                raise _at(place, model, row).error("until", f"{row.until_date} is not after `from`")


def _refuse_gaps(place: Place, rows: list[RateRow], model: ModelRows) -> None:
    """A row that ends before the next of its kind begins leaves days without a price."""
    for row, following in itertools.pairwise(rows):
        if row.until_date is not None and row.until_date < following.from_date:
            where = " ".join((*row.kind, following.from_date.isoformat()))
            raise _at(place, model, row).error(
                "until",
                f"nothing holds from {row.until_date} until {where}; leave `until` out, or fill the gap",
            )


def _refuse_halves(
    place: Place, model: ModelRows, kind: tuple[str, str, str], other: tuple[str, str, str]
) -> None:
    """Both sides of a context step are known over the same dates."""
    if _in_force(model.of_kind(kind)) != _in_force(model.of_kind(other)):
        row = model.of_kind(kind)[0]
        raise _at(place, model, row).error(
            "context",
            f"{' '.join(kind)} and {' '.join(other)} must hold over the same dates; add the missing one",
        )


def _refuse_uncovered(
    place: Place, model: ModelRows, kind: tuple[str, str, str], other: tuple[str, str, str]
) -> None:
    """A regional price has a global one beside it."""
    whole = _in_force(model.of_kind(other))
    for begin, end in _in_force(model.of_kind(kind)):
        if not any(first <= begin and end <= last for first, last in whole):
            row = model.of_kind(kind)[0]
            raise _at(place, model, row).error(
                "region",
                f"{' '.join(kind)} has no global rate over the same dates; add {' '.join(other)}",
            )


def _refuse_half_prices(place: Place, model: ModelRows, row: RateRow) -> None:
    """Tokens are priced on both sides, going in and coming out, or not at all."""
    for cell in ("input", "output"):
        if row.pico_usd_per_token and cell not in row.pico_usd_per_token:
            raise _at(place, model, row).error(f"usd_per_million_tokens.{cell}", "missing")


def _in_force(rows: list[RateRow]) -> list[Span]:
    """The dates over which any of these rows holds, adjoining ones joined."""
    spans: list[Span] = []
    for position, row in enumerate(rows):
        following = rows[position + 1].from_date if position + 1 < len(rows) else dt.date.max
        end = row.until_date or following
        if spans and spans[-1][1] == row.from_date:
            spans[-1] = (spans[-1][0], end)
        else:
            spans.append((row.from_date, end))
    return spans


def _at(place: Place, model: ModelRows, row: RateRow) -> Place:
    """The place of a row of this model; where layers made it, of the first rate of its kind in this file."""
    tables = place.table.get("rate", [])
    for number, own in enumerate(model.rows[: len(tables)]):
        if own is row:
            return _rate_at(place, number)
    for number, table in enumerate(tables):
        kind = (
            table.get("tier", TIERS[0]),
            table.get("context", CONTEXTS[0]),
            table.get("region", REGIONS[0]),
        )
        if kind == row.kind:
            return _rate_at(place, number)
    return place


def _rate_at(place: Place, number: int) -> Place:
    return place.inside(
        "rate", number, place.table["rate"][number], f"{place.row}, rate {number + 1}"
    )
