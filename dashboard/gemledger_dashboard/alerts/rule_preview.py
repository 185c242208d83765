"""A rule tried out on the page: written as YAML, seen over the last hours, and copied from there into the file."""

from zoneinfo import ZoneInfo

import altair as alt
import pandas as pd
import streamlit as st

from gemledger_dashboard import questions
from gemledger_dashboard.alerts import alert_tables
from gemledger_dashboard.alerts.alert_answers import Preview
from gemledger_dashboard.drawing import formats, sheets
from gemledger_dashboard.drawing.sheets import Sheet
from gemledger_dashboard.frame import choices, notices
from gemledger_dashboard.frame.asking import ask

TEMPLATES = {
    "spend": (
        "Spend",
        "name: hourly-cost\nmetric: cost\nwindow: 1h\ngroup_by: [team]\nabove: 10\nfor: 5m",
    ),
    "call": ("A dear call", "name: dear-call\nmetric: cost_of_one_call\nwindow: 15m\nabove: 1"),
    "errors": (
        "Errors",
        "name: failing\nmetric: error_share\nwindow: 15m\ngroup_by: [model]\nabove: 5%\nfor: 5m",
    ),
    "slow": (
        "Latency",
        "name: slow\nmetric: latency_p95\nwindow: 15m\ngroup_by: [model]\nabove: 10s\nfor: 5m",
    ),
    "cache": (
        "Cache hits",
        "name: cache-misses\nmetric: cache_hit_share\nwindow: 6h\ngroup_by: [feature]\nbelow: 20%",
    ),
    "unpriced": ("No price", "name: unpriced\nmetric: unpriced_share\nwindow: 1h\nabove: 1%"),
}
"""What to start from: what it is called, and the rule."""
HOURS = (6, 24, 72, 168)
MOST_LINES = 8
_UNITS = {"pico_usd": "USD", "billionths": "%", "microseconds": "seconds", "count": "count"}


def section(zone: ZoneInfo) -> None:
    """The form, and after it was sent what the rule would have done."""
    st.subheader("Try a rule on the past")
    st.caption(
        "Nothing is changed by it: rules live in otel-config.yaml, where everybody can read them."
    )
    kind = choices.choose(
        "template", "Start from", {name: words for name, (words, _) in TEMPLATES.items()}
    )
    with st.form("rule", border=True):
        written = st.text_area(
            "Rule", TEMPLATES[kind][1], height=190, max_chars=5_000, key=f"rule-{kind}"
        )
        hours = st.selectbox("Over the last", HOURS, format_func=lambda each: f"{each} hours")
        if not st.form_submit_button("Preview", icon=":material/preview:"):
            return
    with notices.Explained():
        shown(ask(questions.preview(written, hours)).value, written, zone)


def shown(preview: Preview, written: str, zone: ZoneInfo) -> None:
    """The series against the limit, when it would have fired, and the YAML to paste."""
    times = formats.plural(preview.fired_count, "time")
    groups = formats.plural(preview.group_count, "group")
    st.markdown(
        formats.plain(
            f"{preview.name} would have fired {times} in {groups}: "
            f"{preview.words} {preview.comparison} {preview.limit_in_words}"
        )
    )
    st.altair_chart(_chart(preview), width="stretch")
    if preview.fired_count:
        fired = alert_tables.preview_fired(preview, zone)
        sheets.show(Sheet("alert-preview", "When it would have fired", fired, {}))
    st.caption("To have it, put this into otel-config.yaml and restart the collector:")
    st.code(as_yaml(written), language="yaml")


def as_yaml(written: str) -> str:
    """The rule where it belongs in the file."""
    lines = written.strip("\n").splitlines()
    first, rest = (lines[0], lines[1:]) if lines else ("", [])
    item = [first] if first.startswith("- ") else [f"- {first}"]
    indented = [line if first.startswith("- ") else f"  {line}" for line in rest]
    below = "\n".join(f"    {line}".rstrip() for line in (*item, *indented))
    return f"extensions:\n  alerts:\n    rules:\n{below}"


def _chart(preview: Preview) -> alt.LayerChart | alt.FacetChart:
    title = _UNITS.get(preview.unit, preview.unit)
    drawn = alert_tables.preview_lines(preview)
    kept = drawn[drawn["Group"].isin(drawn["Group"].unique()[:MOST_LINES])]
    lines = (
        alt.Chart(kept)
        .mark_line(interpolate="step-after")
        .encode(
            x=alt.X("Time:T", title=None),
            y=alt.Y("Value:Q", title=title),
            color=alt.Color("Group:N", title=None),
        )
    )
    limit = pd.DataFrame([{"Limit": alert_tables.drawn(preview.limit, preview.unit)}])
    rule = alt.Chart(limit).mark_rule(strokeDash=[4, 4]).encode(y="Limit:Q")
    return alt.layer(lines, rule)
