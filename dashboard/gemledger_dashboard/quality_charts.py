"""What the judge said, as pictures: every rate and every mean inside its interval. Pure."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

import altair as alt
import pandas as pd

from gemledger_dashboard import formats, palette
from gemledger_dashboard.answers import Change, QualityRow
from gemledger_dashboard.charts import bucket_labels, label_at, time_axis
from gemledger_dashboard.filters import Window
from gemledger_dashboard.grouping import UNSET

_HEIGHT = 210
_FLAGGED = palette.STATE["firing"]
_SCORE = palette.SCORE
_CHANGE = palette.OTHERS
_VERDICTS = {
    "good": palette.STATE["inactive"],
    "flagged": palette.STATE["firing"],
    "cannot tell": palette.SERIES[1],
    "error": palette.OTHERS,
}


def flagged_rate(
    rows: Sequence[QualityRow], window: Window, changes: Sequence[Change] = ()
) -> alt.LayerChart | alt.FacetChart:
    """The share of judge-flagged answers in each bucket, inside its Wilson interval, and what changed when."""
    frame = _frame(rows, window, "bad_rate")
    axis = alt.Axis(format=".0%", tickCount=5)
    band = _band(frame, "Judge-flagged share over time", _FLAGGED, axis)
    return _marked(band, changes, window)


def corrected_rate(
    rows: Sequence[QualityRow], window: Window, changes: Sequence[Change] = ()
) -> alt.LayerChart | alt.FacetChart:
    """The share of truly bad answers in each bucket, as far as labels tell it, and what changed when."""
    frame = _frame(rows, window, "corrected_rate")
    axis = alt.Axis(format=".0%", tickCount=5)
    band = _band(frame, "Bad answers over time", _FLAGGED, axis)
    return _marked(band, changes, window)


def mean_score(rows: Sequence[QualityRow], window: Window) -> alt.LayerChart | alt.FacetChart:
    """The mean score in each bucket, inside its interval; the scale is all of 0 to 1."""
    frame = _frame(rows, window, "mean_score")
    return _band(
        frame, "Mean score over time", _SCORE, alt.Axis(format=".1f", tickCount=5), top=1.0
    )


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


def versions(rows: Sequence[QualityRow]) -> alt.LayerChart | alt.FacetChart:
    """The flagged rate of each prompt version as a point on its interval."""
    frame = pd.DataFrame(
        [
            {
                "version": version_name(row),
                "rate": row.bad_rate,
                "low": row.bad_rate_low,
                "high": row.bad_rate_high,
                "Judge-flagged": formats.percent(row.bad_rate),
                "95 % interval": formats.percent_interval(row.bad_rate_low, row.bad_rate_high),
                "Judged": formats.count(row.judged),
            }
            for row in rows
            if row.bad_rate is not None
        ]
    )
    base = alt.Chart(frame).encode(
        y=alt.Y(
            "version:N",
            title=None,
            sort=None,
            scale=alt.Scale(type="point", padding=0.7),
            axis=alt.Axis(ticks=False, domain=False),
        ),
        tooltip=["version:N", "Judge-flagged:N", "95 % interval:N", "Judged:N"],
    )
    axis = alt.Axis(format=".0%", title=None, tickCount=5, domain=False)
    line = base.mark_rule(color=_FLAGGED, strokeWidth=3, opacity=0.45).encode(
        x=alt.X("low:Q", axis=axis), x2="high:Q"
    )
    point = base.mark_point(color=_FLAGGED, filled=True, size=90).encode(x="rate:Q")
    return alt.layer(line, point, height=34 * len(frame) + 34, description="By prompt version")


def version_order(row: QualityRow) -> tuple[str, list[tuple[bool, int, str]]]:
    """Features by name, and the versions of each as people count: v9 before v10."""
    parts = re.findall(r"\d+|\D+", row.keys.get("prompt_version") or "")
    numbers = [(part.isdigit(), int(part) if part.isdigit() else 0, part) for part in parts]
    return row.keys.get("feature") or "", numbers


def version_name(row: QualityRow) -> str:
    """A prompt version with the feature it belongs to."""
    feature, version = row.keys.get("feature"), row.keys.get("prompt_version")
    return f"{feature or UNSET} · {version or UNSET}"


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


def _marked(
    band: alt.LayerChart | alt.FacetChart, changes: Sequence[Change], window: Window
) -> alt.LayerChart | alt.FacetChart:
    """A line where a prompt version or a model was new."""
    if not changes:
        return band
    labels = bucket_labels(window)
    lines = [
        {
            "when": label_at(labels, change.time),
            "Changed": f"{change.feature or UNSET}: {change.before} → {change.after}",
            "At": formats.instant(change.time, window.zone),
        }
        for change in changes
    ]
    marks = (
        alt.Chart(pd.DataFrame(lines))
        .mark_rule(color=_CHANGE, strokeDash=[4, 3], strokeWidth=2)
        .encode(x=time_axis(list(labels.values()), bars=False), tooltip=["Changed:N", "At:N"])
    )
    marked: alt.LayerChart | alt.FacetChart = alt.layer(band, marks)
    return marked


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
