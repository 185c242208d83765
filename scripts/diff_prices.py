"""Compares the built-in price book with genai-prices and litellm. A development tool; never in CI.

Every difference must be explained in price_differences.toml, and every explanation must still apply: exit code 1
otherwise. Run it where both packages are installed (docs/prices.md says how):

    python scripts/diff_prices.py [--at 2026-11-21] [--list]

genai-prices knows dates and is compared at --at and after each step of our book ahead; litellm holds current prices
only and is compared at --at.
"""

import argparse
import sys
import tomllib
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fnmatch import fnmatchcase
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "instrumentation"), str(ROOT)]

from gemledger.pricing.book import Book, load_book  # noqa: E402
from gemledger.pricing.layers import in_force  # noqa: E402
from gemledger.pricing.rows import unix_nano  # noqa: E402
from gemledger.pricing.vocabulary import UNIT_KEYS  # noqa: E402
from scripts.rival_prices import Key, Prices, genai_prices, litellm  # noqa: E402 - runs in a foreign environment

DIFFERENCES = ROOT / "scripts/price_differences.toml"


class Difference(NamedTuple):
    """One price on which we differ; None where one side has none."""

    rival: str
    at: date
    key: Key
    theirs: Decimal | None
    ours: Decimal | None

    @property
    def name(self) -> str:
        """How explanations refer to it: platform/model/tier/context/region/cell."""
        return "/".join(self.key)

    def __str__(self) -> str:
        theirs, ours = (
            "absent" if price is None else f"{price.normalize():f}"
            for price in (self.theirs, self.ours)
        )
        return f"{self.rival} {self.at} {self.name}: theirs {theirs}, ours {ours}"


class Explanation(NamedTuple):
    """Why some differences are there: patterns of names, and the reason."""

    rival: str
    names: tuple[str, ...]
    reason: str

    def covers(self, difference: Difference) -> bool:
        """Whether this difference is one of them."""
        return self.rival == difference.rival and any(
            fnmatchcase(difference.name, pattern) for pattern in self.names
        )


def our_price(book: Book, key: Key, at: date) -> Decimal | None:
    """Our price for the same thing in the same unit, or None."""
    platform, model, tier, context, region, thing = key
    at = min(at, last_day(book, platform, model))
    rates = book.rates_for(
        platform,
        model,
        tier,
        context == "long",
        unix_nano(at),
        "global" if region == "global" else "us-east1",
    )
    if rates is None or (
        context == "long" and book.long_context_threshold(platform, model, unix_nano(at)) is None
    ):
        return None
    if thing in UNIT_KEYS:
        unit, _, resolution = thing.partition(".")
        pico = rates.unit_pico_usd(unit, resolution)
        return None if pico is None else Decimal(pico).scaleb(-12)
    pico = rates.pico_usd(thing)
    return None if pico is None else Decimal(pico).scaleb(-6)


def everywhere(prices: Prices) -> Prices:
    """The same prices for Vertex AI, too: genai-prices makes no difference between Google's platforms."""
    return prices | {("vertex_ai", *key[1:]): price for key, price in prices.items()}


def last_day(book: Book, platform: str, model: str) -> date:
    """The last day a retired model had prices: the rivals keep those without a date."""
    found = book.find(platform, model)
    ends = [row.until_date for row in found.rows] if found else []
    known = [end for end in ends if end is not None]
    return max(known) - timedelta(days=1) if known and len(known) == len(ends) else date.max


def differences(book: Book, rival: str, theirs: Prices, at: date) -> Iterable[Difference]:
    """Every price of theirs that is not ours, in order of name."""
    for key, price in sorted(theirs.items()):
        ours = our_price(book, key, at)
        if ours != price:
            yield Difference(rival, at, key, price, ours)


def unsupported(book: Book, rival: str, theirs: Prices, at: date) -> Iterable[Difference]:
    """Token prices that we say this rival has read on Google's page, and that it does not have."""
    for model in book.models():
        names = (model.id, *model.aliases)
        for kind in model.kinds:
            row = in_force(model.of_kind(kind), min(at, last_day(book, model.platform, model.id)))
            if row is None or f"as read by {rival}" not in row.source or kind[2] == "regional":
                continue
            for cell in sorted(row.pico_usd_per_token.keys() - row.inferred):
                keys = [(model.platform, name, *kind, cell) for name in names]
                if not any(key in theirs for key in keys):
                    ours = Decimal(row.pico_usd_per_token[cell]).scaleb(-6)
                    yield Difference(rival, at, keys[0], None, ours)


def steps_ahead(book: Book, at: date) -> list[date]:
    """The days after ``at`` on which some price of the book changes."""
    return sorted(
        {row.from_date for model in book.models() for row in model.rows if row.from_date > at}
    )


def explanations() -> list[Explanation]:
    """The table of explained differences."""
    table = tomllib.loads(DIFFERENCES.read_text(encoding="utf-8"))
    return [
        Explanation(entry["rival"], tuple(entry["names"]), entry["reason"])
        for entry in table["difference"]
    ]


def report(found: list[Difference], explained: list[Explanation], compared: int) -> int:
    """Print what is unexplained and what no longer applies; the exit code."""
    open_ = [one for one in found if not any(why.covers(one) for why in explained)]
    stale = [
        (why, pattern)
        for why in explained
        for pattern in why.names
        if not any(why._replace(names=(pattern,)).covers(one) for one in found)
    ]
    for one in open_:
        print(f"unexplained: {one}")
    for why, pattern in stale:
        print(f"no longer applies: {why.rival} {pattern} ({why.reason})")
    print(
        f"{compared} prices compared, {len(found)} differ, {len(found) - len(open_)} explained by "
        f"{len(explained)} reasons; {len(open_)} unexplained, {len(stale)} explanations that no longer apply"
    )
    return 1 if open_ or stale else 0


def main() -> int:
    """Compare, print, and return the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--at", type=date.fromisoformat, default=datetime.now(UTC).date(), help="default: today"
    )
    parser.add_argument("--list", action="store_true", help="print explained differences, too")
    at, book, compared = parser.parse_args().at, load_book(), 0
    found: list[Difference] = []
    for day in (at, *steps_ahead(book, at)):
        theirs = genai_prices(datetime(day.year, day.month, day.day, 12, tzinfo=UTC))
        compared += len(theirs)
        found += differences(book, "genai-prices", theirs, day)
        found += unsupported(book, "genai-prices", everywhere(theirs), day)
    theirs = litellm()
    compared += len(theirs)
    found += differences(book, "litellm", theirs, at)
    found += unsupported(book, "litellm", theirs, at)
    if "--list" in sys.argv:
        print("\n".join(map(str, found)))
    return report(found, explanations(), compared)


if __name__ == "__main__":
    sys.exit(main())
