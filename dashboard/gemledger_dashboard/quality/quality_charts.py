"""What the judge said, as pictures: every rate and every mean inside its interval. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

import altair as alt
import pandas as pd

from gemledger_dashboard.drawing import formats, palette
from gemledger_dashboard.drawing.charts import bucket_labels, label_at, time_axis
from gemledger_dashboard.frame.filters import Window
from gemledger_dashboard.quality import change_marks
from gemledger_dashboard.quality.quality_answers import Change, QualityRow, Version
from gemledger_dashboard.spend.grouping import UNSET

_HEIGHT = 210
_FLAGGED = palette.STATE["firing"]
_CORRECTED = palette.SCORE
_SCORE = palette.SCORE
_VERDICTS = {
    "good": palette.STATE["inactive"],
    "flagged": palette.STATE["firing"],
    "cannot tell": palette.SERIES[1],
    "error": palette.OTHERS,
}


def bad_rate(
    rows: Sequence[QualityRow], window: Window, changes: Sequence[Change] = ()
) -> alt.LayerChart | alt.FacetChart:
    """The share of answers the judge calls bad in each bucket, inside its interval, and what changed when."""
    frame = _frame(rows, window, "bad_rate")
    axis = alt.Axis(format=".0%", tickCount=5)
    band = _band(frame, "Bad answers over time, as the judge sees them", _FLAGGED, axis)
    return change_marks.over(band, changes, window)


def corrected_rate(
    rows: Sequence[QualityRow], window: Window, changes: Sequence[Change] = ()
) -> alt.LayerChart | alt.FacetChart:
    """The share of truly bad answers in each bucket, as far as labels tell it, and what changed when."""
    frame = _frame(rows, window, "corrected_rate")
    axis = alt.Axis(format=".0%", tickCount=5)
    band = _band(frame, "Bad answers over time, corrected", _CORRECTED, axis)
    return change_marks.over(band, changes, window)


def mean_score(
    rows: Sequence[QualityRow], window: Window, changes: Sequence[Change] = ()
) -> alt.LayerChart | alt.FacetChart:
    """The mean score in each bucket, inside its interval, and what changed when; the scale is all of 0 to 1."""
    frame = _frame(rows, window, "mean_score")
    axis = alt.Axis(format=".1f", tickCount=5)
    band = _band(frame, "Mean score over time", _SCORE, axis, top=1.0)
    return change_marks.over(band, changes, window)


def judged(rows: Sequence[QualityRow], window: Window) -> alt.Chart:
    """How many answers stand behind each bucket, by verdict; those without one, too."""
    labels = bucket_labels(window)
    counted = [
        {"when": label, "verdict": verdict, "answers": answers, "rank": rank}
        for row, label in _placed(rows, labels)
        for rank, (verdict, answers) in enumerate(
            zip(_VERDICTS, (row.good, row.bad, row.cannot_tell, row.errors), strict=True)
        )
    ]
    chart: alt.Chart = (
        alt.Chart(pd.DataFrame(counted, columns=["when", "verdict", "answers", "rank"]))
        .properties(height=90, description="Answers judged over time")
        .mark_bar(cornerRadius=1)
        .encode(
            x=time_axis(list(labels.values())),
            y=alt.Y("answers:Q", title=None, axis=_axis(alt.Axis(format="d", tickCount=3))),
            color=alt.Color(
                "verdict:N",
                legend=None,
                scale=alt.Scale(domain=list(_VERDICTS), range=list(_VERDICTS.values())),
            ),
            order=alt.Order("rank:Q"),
            tooltip=[
                alt.Tooltip("when:N", title="When"),
                alt.Tooltip("verdict:N", title="Verdict"),
                alt.Tooltip("answers:Q", title="Answers"),
            ],
        )
    )
    return chart


def verdict_colours() -> Mapping[str, str]:
    """The legend of `judged`."""
    return _VERDICTS


def versions(found: Sequence[Version], word: str) -> alt.LayerChart | alt.FacetChart:
    """The rate of each prompt version as a point on its interval; `word` is what bad answers are called."""
    share = word.capitalize()
    frame = pd.DataFrame(
        [
            {
                "Version": version_name(version),
                "rate": version.figures.bad_rate,
                "low": version.figures.bad_rate_low,
                "high": version.figures.bad_rate_high,
                share: formats.percent(version.figures.bad_rate),
                "95 % interval": formats.percent_interval(
                    version.figures.bad_rate_low, version.figures.bad_rate_high
                ),
                "Judged": formats.count(version.figures.judged),
            }
            for version in found
            if version.figures.bad_rate is not None
        ]
    )
    base = alt.Chart(frame).encode(
        y=alt.Y(
            "Version:N",
            title=None,
            sort=None,
            scale=alt.Scale(type="point", padding=0.7),
            axis=alt.Axis(ticks=False, domain=False),
        ),
        tooltip=[f"{name}:N" for name in ("Version", share, "95 % interval", "Judged")],
    )
    axis = alt.Axis(format=".0%", title=None, tickCount=5, domain=False)
    line = base.mark_rule(color=_FLAGGED, strokeWidth=3, opacity=0.45).encode(
        x=alt.X("low:Q", axis=axis, scale=alt.Scale(zero=True)), x2="high:Q"
    )
    point = base.mark_point(color=_FLAGGED, filled=True, size=90, opacity=1).encode(x="rate:Q")
    return alt.layer(line, point, height=34 * len(frame) + 34, description="By prompt version")


def version_name(version: Version) -> str:
    """A prompt version with the feature it belongs to."""
    return f"{version.feature or UNSET} · {version.name or UNSET}"


def _frame(rows: Sequence[QualityRow], window: Window, figure: str) -> pd.DataFrame:
    """A line per bucket, the empty ones too: there the line breaks, nothing is guessed."""
    labels = bucket_labels(window)
    lines: dict[str, dict[str, object]] = {label: {"when": label} for label in labels.values()}
    shown = formats.score if figure == "mean_score" else formats.percent
    for row, label in _placed(rows, labels):
        low, high = getattr(row, f"{figure}_low"), getattr(row, f"{figure}_high")
        lines[label] |= {
            "value": getattr(row, figure),
            "low": low,
            "high": high,
            "Value": shown(getattr(row, figure)),
            "95 % interval": f"{shown(low)} to {shown(high)}",
            "Judged": formats.count(row.judged),
        }
    columns = ["when", "value", "low", "high", "Value", "95 % interval", "Judged"]
    return pd.DataFrame(list(lines.values()), columns=columns)


def _placed(
    rows: Sequence[QualityRow], labels: Mapping[datetime, str]
) -> Iterator[tuple[QualityRow, str]]:
    for row in rows:
        if row.bucket_start is not None:
            yield row, label_at(labels, row.bucket_start)


def _band(
    frame: pd.DataFrame, title: str, colour: str, axis: alt.Axis, top: float | None = None
) -> alt.LayerChart | alt.FacetChart:
    x = time_axis(frame["when"].tolist(), bars=False)
    scale = alt.Scale(zero=True) if top is None else alt.Scale(domain=[0, top])
    base = alt.Chart(frame).encode(x=x)
    band = base.mark_area(color=colour, opacity=0.18).encode(
        y=alt.Y("low:Q", title=None, axis=_axis(axis), scale=scale), y2="high:Q"
    )
    line = base.mark_line(color=colour, strokeWidth=2).encode(y="value:Q")
    points = base.mark_point(color=colour, filled=True, size=36, opacity=1).encode(
        y="value:Q",
        tooltip=[
            alt.Tooltip("when:N", title="When"),
            *(alt.Tooltip(f"{name}:N") for name in ("Value", "95 % interval", "Judged")),
        ],
    )
    return alt.layer(band, line, points, height=_HEIGHT, description=title)


def _axis(axis: alt.Axis) -> alt.Axis:
    axis.domain, axis.ticks = False, False
    return axis
