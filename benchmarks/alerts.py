"""How good the alerts are, on recorded data: spikes, and the forecast. Exit code 1 when a bar is missed.

    python benchmarks/alerts.py [nab tenants forecasts …]

Everything is out of sample where it says so: thresholds are chosen on one half and reported on the other.
"""

import sys
from collections.abc import Mapping, Sequence

import evaluation
import forecasts
import nab
import nab_rivals
import numpy as np
import tenants
import time_to_page
from alert_bars import Bar, recorded
from sections import Sections, run

from gemledger_collector.alerts.spikes.rule import Thresholds
from gemledger_collector.alerts.spikes.surprise import surprises
from gemledger_collector.alerts.spikes.usual import Floats

CHECKED_FILES = 20
"""So many files' published scores must come out of our scorer and our Windowed Gaussian to the sixth digit."""


def on_nab() -> Sequence[Bar]:
    """The general detector on NAB's files at hand, beside two that are published."""
    folder = recorded("nab")
    if folder is None:
        return ()
    corpus = nab.load(folder)
    windows = sum(len(series.windows) for series in corpus.values())
    ours = {name: surprises(series.values) for name, series in corpus.items()}
    gaussian = {name: nab_rivals.windowed_gaussian(each.values) for name, each in corpus.items()}
    print(f"  {len(corpus)} series, {windows} labelled windows\n")
    print(f"  {'detector':<58}{'standard':>9}{'low FP':>8}{'low FN':>8}")
    best = _profiles("ours, one threshold for all files, the best (NAB's practice)", corpus, ours)
    theirs = _profiles("Windowed Gaussian, run here, in the same way", corpus, gaussian)
    listed = [_listed(corpus, rival) for rival in (0, 1)]
    print(f"  {'Windowed Gaussian, published scores of these files':<58}{listed[0]:>9.2f}")
    print(f"  {'Random Cut Forest (AWS), published scores of these files':<58}{listed[1]:>9.2f}\n")
    halves = [_on_half(chosen_on, rest, ours) for chosen_on, rest in nab.halves(corpus)]
    return [
        _scorer_check(corpus, gaussian),
        Bar(
            "NAB standard, above Windowed Gaussian on the same files",
            best,
            max(theirs, listed[0]),
            True,
        ),
        Bar("NAB standard, above Random Cut Forest on the same files", best, listed[1], True),
        *halves,
    ]


def _profiles(name: str, corpus: Mapping[str, nab.Series], found: Mapping[str, Floats]) -> float:
    scores = [
        nab.best_score(corpus, found, profile).score
        for profile in (nab.STANDARD, nab.LOW_FALSE, nab.LOW_MISSED)
    ]
    print(f"  {name:<58}{scores[0]:>9.2f}{scores[1]:>8.2f}{scores[2]:>8.2f}")
    return scores[0]


def _listed(corpus: Mapping[str, nab.Series], rival: int) -> float:
    """A rival's published raw scores of these files, put on NAB's scale."""
    windows = sum(len(series.windows) for series in corpus.values())
    return 100 * (nab_rivals.published(corpus, rival) + windows) / (2 * windows)


def _scorer_check(corpus: Mapping[str, nab.Series], gaussian: Mapping[str, Floats]) -> Bar:
    silent = {name: np.zeros_like(series.values) for name, series in corpus.items()}
    perfect = {name: nab.perfect(series) for name, series in corpus.items()}
    ends = [nab.best_score(corpus, each).score for each in (silent, perfect)]
    if ends != [0, 100]:
        raise ValueError(
            f"silence and perfection score {ends}, not 0 and 100; the scorer is broken"
        )
    alike = 0
    for name, series in corpus.items():
        raw = nab.score_at({name: series}, gaussian, nab_rivals.PUBLISHED_THRESHOLD).raw
        alike += abs(raw - nab_rivals.PUBLISHED[name][0]) < 1e-6
    return Bar(
        "published Windowed Gaussian scores of single files reproduced", alike, CHECKED_FILES, True
    )


def _on_half(
    chosen_on: Mapping[str, nab.Series],
    rest: Mapping[str, nab.Series],
    ours: Mapping[str, Floats],
) -> Bar:
    threshold = nab.best_score(chosen_on, ours).threshold
    plain = nab.detections(rest, ours, threshold)
    print(
        f"  threshold {threshold:.2f} of {len(chosen_on)} files on the other {len(rest)}:"
        f" {plain.found} of {plain.windows} windows, {plain.false_per_series_day:.2f} false a series-day,"
        f" first seen {plain.median_delay_share:.0%} into its window"
    )
    score = nab.score_at(rest, ours, threshold).score
    return Bar(
        "  out of sample, above Random Cut Forest on those files", score, _listed(rest, 1), True
    )


def on_tenants() -> Sequence[Bar]:
    """The spike rule on two weeks of production tenants."""
    folder = recorded("servegen")
    if folder is None:
        return ()
    path = folder / "tenants_10min.parquet"
    bars: list[Bar] = []
    for prices in (tenants.FLASH, tenants.DEARER):
        replay = tenants.replay_of(tenants.load(path, prices))
        print(f"  {replay.spend.shape[1]} tenants above $10 a day at {prices.name}")
        for floor in prices.floors_usd:
            _tell(f"the defaults, floor ${floor:g}", tenants.outcome(replay, Thresholds(floor)))
        if prices is tenants.FLASH:
            bars = _both_ways(replay)
    print()
    return bars


def _both_ways(replay: tenants.Replay) -> list[Bar]:
    bars: list[Bar] = []
    for how, chosen, found in tenants.directions(replay):
        _tell(f"{how}: z {chosen.z:g}, ratio {chosen.ratio:g}, peak {chosen.peak_ratio:g}", found)
        bars += [
            Bar(
                f"{how}: false episodes a tenant-week",
                found.false_per_tenant_week,
                tenants.FALSE_BAR,
            ),
            Bar(f"{how}: recall of material x5 spikes", found.recall[5], tenants.RECALL_BAR, True),
            Bar(f"{how}: median delay of x5, minutes", found.delay_minutes[5], tenants.DELAY_BAR),
        ]
    most = max(bar.measured for bar in bars[::3])
    return [*bars, Bar("false episodes, fewer than the best rule known before had", most, 0.34)]


def _tell(name: str, found: tenants.Outcome) -> None:
    spikes = "  ".join(
        f"x{factor} {found.recall[factor]:.3f} / {found.delay_minutes[factor]:.0f} min"
        for factor in tenants.FACTORS
    )
    print(f"    {name:<62} false {found.false_per_tenant_week:.2f}   {spikes}")


SECTIONS: Sections = {
    "nab": ("the general detector on the Numenta Anomaly Benchmark", on_nab),
    "tenants": ("the spike rule on two weeks of production tenants", on_tenants),
    "forecasts": ("the end of a period foreseen, on the same tenants", forecasts.on_forecasts),
    "page": ("how long until somebody hears", time_to_page.on_pages),
    "evaluation": ("a look at twenty rules over a thousand groups", evaluation.on_evaluation),
}


if __name__ == "__main__":
    sys.exit(run(SECTIONS, __doc__))
