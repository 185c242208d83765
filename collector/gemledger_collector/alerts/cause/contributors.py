"""Who is behind an excess: by team, feature, model, prompt version and all of them together; pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

from gemledger_collector.alerts.cause.factors import FACTORS, Factor, whole
from gemledger_collector.alerts.cause.shapley import Numbers
from gemledger_collector.storage.spend_cells import KEYS, Cells

MOST = 5
Key = tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class Contributor:
    """One payer's spend beside its usual. ``key`` has a value for each of ``names``; None stands for none.

    ``parts`` sum to the excess; they are known of a team's feature and model.
    """

    names: tuple[str, ...]
    key: Key
    spent_pico_usd: int
    usual_pico_usd: int
    parts: Mapping[Factor, int] = field(default_factory=dict)

    @property
    def excess_pico_usd(self) -> int:
        """By how much it exceeds its usual; negative where it is below."""
        return self.spent_pico_usd - self.usual_pico_usd


@dataclass(frozen=True, slots=True)
class Ranking:
    """The contributors that matter most, the largest excess first, and everything else: all of it is the excess."""

    largest: Sequence[Contributor]
    others: int
    others_spent_pico_usd: int
    others_usual_pico_usd: int

    @property
    def others_excess_pico_usd(self) -> int:
        """What everything else adds."""
        return self.others_spent_pico_usd - self.others_usual_pico_usd


def rank(contributors: Sequence[Contributor]) -> Ranking:
    """The few that moved most, up or down."""
    by_size = sorted(contributors, key=lambda each: -abs(each.excess_pico_usd))
    rest = by_size[MOST:]
    return Ranking(
        sorted(by_size[:MOST], key=lambda each: -each.excess_pico_usd),
        len(rest),
        sum(each.spent_pico_usd for each in rest),
        sum(each.usual_pico_usd for each in rest),
    )


def combinations(cells: Cells, scale: Fraction) -> list[Contributor]:
    """Every team, feature, model and prompt version; the usual of all together is cut to a whole pico once."""
    baseline = cells.baseline["cost_pico_usd"]
    total = sum(baseline) * scale.numerator // scale.denominator
    usual = _shared(baseline, scale, total)
    return [
        Contributor(KEYS, key, spent, each)
        for key, spent, each in zip(cells.keys, cells.window["cost_pico_usd"], usual, strict=True)
    ]


def _shared(baseline: Sequence[int], scale: Fraction, total: int) -> list[int]:
    cut = [divmod(each * scale.numerator, scale.denominator) for each in baseline]
    missing = total - sum(floor for floor, _ in cut)
    order = sorted(range(len(cut)), key=lambda at: (-cut[at][1], at))
    first = set(order[:missing])
    return [floor + (at in first) for at, (floor, _) in enumerate(cut)]


def summed(contributors: Sequence[Contributor], names: tuple[str, ...]) -> list[Contributor]:
    """The spend of combinations of all KEYS by fewer of them."""
    totals: dict[Key, tuple[int, int]] = {}
    chosen = [KEYS.index(name) for name in names]
    for each in contributors:
        key = tuple([each.key[at] for at in chosen])
        spent, usual = totals.get(key, (0, 0))
        totals[key] = (spent + each.spent_pico_usd, usual + each.usual_pico_usd)
    return [Contributor(names, key, *amounts) for key, amounts in totals.items()]


def with_parts(ranking: Ranking, pairs: Sequence[Key], parts: Mapping[Factor, Numbers]) -> Ranking:
    """A ranking by PAIR, with what each factor adds to the excess of each."""
    at = {pair: number for number, pair in enumerate(pairs)}
    largest = []
    for each in ranking.largest:
        fixed = [int(parts[factor][at[each.key]]) for factor in FACTORS]
        amounts = dict(zip(FACTORS, whole(fixed, each.excess_pico_usd), strict=True))
        largest.append(replace(each, parts=amounts))
    return replace(ranking, largest=largest)
