"""The Numenta Anomaly Benchmark's series and its scoring, written anew from its description.

The first 15 % of a series (750 points at most) are not scored. In a labelled window only the best detection counts,
the earlier the better; a window without one costs ``missed``; a detection outside costs up to ``false``, less just
behind a window. A score is 0 for a detector that says nothing and 100 for a perfect one.
"""

import csv
import gzip
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np

from gemledger_collector.alerts.spikes.usual import Floats, Integers

OUTSIDE, UNSCORED = -1, -2
FULL = 2 / (1 + math.exp(-5)) - 1
"""What the first point of a window is worth before it is made 1."""


@dataclass(frozen=True, slots=True)
class Profile:
    """What a false detection and a missed window cost, where a perfect detection is worth 1."""

    false: float
    missed: float


STANDARD, LOW_FALSE, LOW_MISSED = Profile(0.11, 1.0), Profile(0.22, 1.0), Profile(0.11, 2.0)


@dataclass(frozen=True, slots=True)
class Series:
    """One file: values at equal steps of ``seconds``, and the labelled windows as first and last point."""

    values: Floats
    windows: Sequence[tuple[int, int]]
    seconds: float


@dataclass(frozen=True, slots=True)
class Points:
    """Each point's worth if detected (false ones not yet weighed), and its window's number."""

    worth: Floats
    window: Integers


@dataclass(frozen=True, slots=True)
class Score:
    """0 for silence, 100 for perfection, and the threshold that brought it; ``raw`` as NAB's score files have it."""

    score: float
    threshold: float
    raw: float


def load(folder: Path) -> dict[str, Series]:
    """The series at hand, by their names in NAB."""
    windows = json.loads((folder / "windows.json").read_text())
    return {
        name: _series(folder / "data" / f"{name}.gz", labelled)
        for name, labelled in sorted(windows.items())
        if (folder / "data" / f"{name}.gz").exists()
    }


def _series(path: Path, labelled: Sequence[Sequence[str]]) -> Series:
    with gzip.open(path, "rt") as lines:
        rows = list(csv.reader(lines))[1:]
    times = [datetime.fromisoformat(row[0]) for row in rows]
    places = {time: place for place, time in reversed(list(enumerate(times)))}
    windows = [
        (places[datetime.fromisoformat(first)], places[datetime.fromisoformat(last)])
        for first, last in labelled
    ]
    seconds = float(np.median(np.diff([time.timestamp() for time in times])))
    return Series(np.array([float(row[1]) for row in rows]), windows, seconds)


def unscored(series: Series) -> int:
    """How many points at the start are for learning."""
    return min(math.floor(0.15 * len(series.values)), 750)


def points(series: Series) -> Points:
    """What a detection would be worth at each point."""
    count = len(series.values)
    worth, window = np.full(count, -1.0), np.full(count, OUTSIDE)
    firsts = [first for first, _ in series.windows]
    for number, (first, last) in enumerate(series.windows):
        end = firsts[number + 1] if number + 1 < len(firsts) else count
        inside, behind = np.arange(first, last + 1), np.arange(last + 1, end)
        worth[inside] = _bell(-(last - inside + 1) / (last - first + 1)) / FULL
        worth[behind] = _bell((behind - last) / (last - first))
        window[inside] = number
    window[: unscored(series)] = UNSCORED
    return Points(worth, window)


def perfect(series: Series) -> Floats:
    """A detector that knows the labels: it names the first scored point of each window."""
    surprise = np.zeros(len(series.values))
    surprise[[first for first, _ in series.windows]] = 1.0
    return surprise


def _bell(place: Floats) -> Floats:
    value: Floats = np.where(place >= 3, -1.0, 2 / (1 + np.exp(5 * np.minimum(place, 3))) - 1)
    return value


@dataclass(frozen=True, slots=True)
class _Sweep:
    """All scored points of a corpus, most surprising first; windows numbered throughout."""

    surprise: Floats
    worth: Floats
    window: Integers
    windows: int


def _sweep(corpus: Mapping[str, Series], surprises: Mapping[str, Floats]) -> _Sweep:
    parts, windows = [], 0
    for name, series in corpus.items():
        each = points(series)
        scored = each.window != UNSCORED
        numbers, places = np.unique(each.window[scored], return_inverse=True)
        shift = np.where(numbers == OUTSIDE, OUTSIDE, np.cumsum(numbers != OUTSIDE) - 1 + windows)
        parts.append((surprises[name][scored], each.worth[scored], shift[places]))
        windows += int((numbers != OUTSIDE).sum())
    surprise, worth, window = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = np.argsort(-surprise, kind="stable")
    return _Sweep(surprise[order], worth[order], window[order], windows)


def _running(sweep: _Sweep, profile: Profile) -> Floats:
    """The raw score if the threshold is at each point in turn."""
    gain = np.where(sweep.window == OUTSIDE, profile.false * sweep.worth, 0.0)
    best = np.full(sweep.windows, -profile.missed, np.float64)
    for place in np.flatnonzero(sweep.window != OUTSIDE):
        window, worth = sweep.window[place], sweep.worth[place]
        gain[place] = max(worth - best[window], 0.0)
        best[window] = max(worth, best[window])
    running: Floats = np.cumsum(gain) - profile.missed * sweep.windows
    return running


def score_at(
    corpus: Mapping[str, Series],
    surprises: Mapping[str, Floats],
    threshold: float,
    profile: Profile = STANDARD,
) -> Score:
    """What detections at or above the threshold are worth."""
    sweep = _sweep(corpus, surprises)
    detected = int((sweep.surprise >= threshold).sum())
    running = _running(sweep, profile)
    raw = float(running[detected - 1]) if detected else -profile.missed * sweep.windows
    return _score(raw, threshold, sweep, profile)


def best_score(
    corpus: Mapping[str, Series], surprises: Mapping[str, Floats], profile: Profile = STANDARD
) -> Score:
    """NAB's own practice: one threshold for all files, the one that scores best on them."""
    sweep = _sweep(corpus, surprises)
    running = _running(sweep, profile)
    last_of_equals = np.flatnonzero(np.append(sweep.surprise[1:] != sweep.surprise[:-1], True))
    place = int(last_of_equals[running[last_of_equals].argmax()])
    silence = -profile.missed * sweep.windows
    if running[place] <= silence:
        return _score(silence, math.inf, sweep, profile)
    return _score(float(running[place]), float(sweep.surprise[place]), sweep, profile)


def _score(raw: float, threshold: float, sweep: _Sweep, profile: Profile) -> Score:
    span = sweep.windows * (1 + profile.missed)
    score = 100 * (raw + profile.missed * sweep.windows) / span if span else 0.0
    return Score(score, threshold, raw)


@dataclass(frozen=True, slots=True)
class Detections:
    """How a threshold does in plain terms."""

    windows: int
    found: int
    false_per_series_day: float
    median_delay_share: float
    """How far into its window the first detection is: 0 at its start, 1 at its end."""


def detections(
    corpus: Mapping[str, Series], surprises: Mapping[str, Floats], threshold: float
) -> Detections:
    """Windows found, false detections a day of each series, and how far into a window the first one is."""
    delays: list[float] = []
    windows, false, days = 0, 0, 0.0
    for name, series in corpus.items():
        detected = np.flatnonzero(surprises[name] >= threshold)
        detected = detected[detected >= unscored(series)]
        inside = [
            (first, last, detected[(detected >= first) & (detected <= last)])
            for first, last in series.windows
        ]
        delays += [
            float((hits[0] - first) / (last - first)) for first, last, hits in inside if len(hits)
        ]
        windows += len(inside)
        false += len(detected) - sum(len(hits) for _, _, hits in inside)
        days += (len(series.values) - unscored(series)) * series.seconds / 86400
    return Detections(
        windows, len(delays), false / days, float(np.median(delays)) if delays else 1.0
    )


def halves(corpus: Mapping[str, Series]) -> Iterator[tuple[dict[str, Series], dict[str, Series]]]:
    """Every other file to choose on, the rest to report on; then the other way round."""
    names = sorted(corpus)
    for which in (0, 1):
        yield (
            {name: corpus[name] for name in names[which::2]},
            {name: corpus[name] for name in names[1 - which :: 2]},
        )
