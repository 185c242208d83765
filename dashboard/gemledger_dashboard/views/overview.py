"""The Overview: how much, against what budget, whether anything is wrong, what changed. Nothing to configure."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import streamlit as st

from gemledger_dashboard import questions
from gemledger_dashboard.drawing import formats, tiles
from gemledger_dashboard.frame import narrowing, notices, sidebar
from gemledger_dashboard.frame.asking import ask
from gemledger_dashboard.frame.client import CollectorError
from gemledger_dashboard.health import status_answers
from gemledger_dashboard.overview import overview_questions, standing_chart
from gemledger_dashboard.overview import overview_words as words
from gemledger_dashboard.overview.overview_answers import Mover, Overview, Standing, Wrong

REFRESH = timedelta(seconds=15)
RECENT = timedelta(days=1)
MOST_BUDGETS, MOST_ALERTS, MOST_QUALITY, MOST_CHANGES = 2, 2, 3, 2
SPEND, ALERTS = "views/spend.py", "views/alerts.py"
QUALITY, HEALTH = "views/quality.py", "views/health.py"


def present() -> None:
    """Everything, out of one answer."""
    zone, display = sidebar.window().zone, sidebar.shown()
    at = sidebar.now() if sidebar.fixed() else None
    with notices.Explained():
        question = overview_questions.overview(
            at, zone.key, display.month_starts_on, narrowing.only()
        )
        answer = ask(question)
        notices.stale((answer,), zone)
        if not sidebar.model_colours() and answer.value.month.sums.calls == 0:
            notices.nothing_recorded()
            return
        tiles.row(words.figures(answer.value, zone, display))
        money, trouble = st.columns([3, 2], gap="medium")
        with money:
            budgets(answer.value, zone)
            changed(answer.value, zone)
        with trouble:
            wrong(answer.value, zone)


def budgets(found: Overview, zone: ZoneInfo) -> None:
    """The budgets in most danger, with what is spent and where it leads."""
    section("Against what budget", ALERTS, "Budgets")
    if not found.budgets:
        st.markdown(
            "No budget is set: nothing says how much is too much. The Alerts page shows how to set one."
        )
    for budget in found.budgets[:MOST_BUDGETS]:
        one_budget(budget, zone)
    more = found.budget_count - MOST_BUDGETS
    if found.budgets:
        others = f" {formats.plural(more, 'more budget')}, in less danger." if more > 0 else ""
        st.caption(f"The upright line is the limit, pale is where it is likely to end.{others}")
    said_of_all(found)


def one_budget(budget: Standing, zone: ZoneInfo) -> None:
    """A line, a bar, a line."""
    with st.container(gap=None):
        name = formats.plain(words.budget_name(budget))
        st.markdown(f"**{name}**: {formats.plain(words.budget_spent(budget))}")
        st.altair_chart(standing_chart.standing(budget), width="stretch")
        st.caption(formats.plain(words.budget_ahead(budget, zone)))


def said_of_all(found: Overview) -> None:
    """That a filter does not reach everything here."""
    if found.not_narrowed:
        st.caption(f"Of all calls, whatever is filtered: {', '.join(found.not_narrowed)}")


def wrong(found: Overview, zone: ZoneInfo) -> None:
    """What fires, who went quiet, how good answers are, and when the last call was."""
    section("Is anything wrong", ALERTS, "Alerts")
    alerts(found.wrong, zone)
    services(found.wrong, zone)
    section("Quality of 7 days", QUALITY, "Quality")
    for judged in found.quality[:MOST_QUALITY]:
        st.markdown(formats.plain(words.quality(judged)))
    if found.quality:
        st.caption("The share of answers that are bad: less is better.")
    else:
        st.markdown("No answer was judged.")


def alerts(found: Wrong, zone: ZoneInfo) -> None:
    """Those that fire, or a calm word that none does."""
    if not found.firing:
        st.markdown(":green[:material/check_circle:] **Nothing fires.**")
    else:
        st.markdown(f":red[:material/error:] **{_fire(found.firing_count)}**")
    for firing in found.firing[:MOST_ALERTS]:
        colour = "red" if firing.severity == "critical" else "orange"
        name, told = words.alert(firing, sidebar.now(), zone)
        icon = f":{colour}[:material/notifications_active:]"
        st.markdown(f"{icon} **{formats.plain(name)}** {formats.plain(told)}")
    more = found.firing_count - MOST_ALERTS
    others = [
        *([f"{more} more"] if more > 0 else []),
        *([f"{found.pending_count} about to fire"] if found.pending_count else []),
        *([f"{found.no_data_count} without data"] if found.no_data_count else []),
    ]
    if others:
        st.caption(", ".join(others))


def _fire(count: int) -> str:
    return "1 alert fires" if count == 1 else f"{formats.count(count)} alerts fire"


def services(found: Wrong, zone: ZoneInfo) -> None:
    """Who went quiet; and the last call of all, unless the link fixes another moment."""
    for quiet in found.quiet[:MOST_ALERTS]:
        seen = formats.instant(quiet.last_seen, zone)
        name = formats.plain(narrowing.shown(quiet.service))
        st.markdown(
            f":orange[:material/volume_off:] **{name}** went quiet: last call {formats.plain(seen)}"
        )
    if found.quiet_count > MOST_ALERTS:
        st.caption(f"{found.quiet_count - MOST_ALERTS} more services went quiet")
    report = f"{formats.plural(found.service_count, 'service')} in 30 days, "
    report += f"{found.quiet_count} quiet" if found.quiet_count else "none went quiet"
    st.markdown(formats.plain(f"{report}{_last_call()}"))


def _last_call() -> str:
    state = _status()
    if sidebar.fixed() or state is None or state.latest_call is None:
        return ""
    ago = formats.duration(datetime.now(UTC) - state.latest_call)
    return f"; last call {ago} ago"


def _status() -> status_answers.Status | None:
    """As the sidebar knows it: no further question."""
    try:
        return ask(questions.status()).value
    except CollectorError:
        return None


def changed(found: Overview, zone: ZoneInfo) -> None:
    """The three that moved most, each a link to its spend; and what features began to use."""
    section("What changed", SPEND, "Spend")
    recent = [each for each in found.changes if sidebar.now() - each.time < RECENT][:MOST_CHANGES]
    for change in recent:  # what just began is most likely why something is wrong
        new = formats.plain(words.new_use(change, sidebar.now(), zone))
        st.markdown(f":material/new_releases: {new}")
    moved = found.changed
    if moved is None:
        st.markdown("Nothing to compare with yet: the ledger has begun only now.")
    else:
        st.markdown(formats.plain(words.movement(moved, zone)))
        with st.container(gap="xsmall"):
            for mover in moved.movers:
                one_mover(mover, moved.compared)
        if not moved.movers:
            st.caption("Nobody's spend has moved.")
    earlier = [each for each in found.changes if each not in recent]
    for change in earlier[: MOST_CHANGES - len(recent)]:
        st.caption(formats.plain(words.new_use(change, sidebar.now(), zone)))


def one_mover(mover: Mover, compared: str) -> None:
    """Who, by how much and why; leads to the spend of exactly those calls."""
    name, told = words.mover(mover)
    st.page_link(
        SPEND,
        label=f"**{formats.plain(name)}**: {formats.plain(told)}",
        icon=":material/trending_up:" if mover.change_pico_usd > 0 else ":material/trending_down:",
        query_params=link(
            range={"month": "month", "7d": "7d"}.get(compared, "24h"),
            team=mover.team or "",
            feature=mover.feature or "",
        ),
    )


def section(title: str, page: str, name: str) -> None:
    """A heading with the way to its page."""
    with st.container(
        horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"
    ):
        st.subheader(title, width="content")
        st.page_link(page, label=name, icon=":material/arrow_forward:", query_params=link())


def link(**changes: str) -> Mapping[str, str | list[str]]:
    """Where the reader stands, with something else: same zone, same moment, same calls."""
    at = {"at": f"{sidebar.now().astimezone(UTC):%Y-%m-%dT%H:%MZ}"} if sidebar.fixed() else {}
    chosen = {name: list(values) for name, values in narrowing.only().items()}
    return {**sidebar.window().params(), **at, **chosen, **changes}


def told() -> str:
    """The moment, and which calls are looked at."""
    zone, chosen = sidebar.window().zone, narrowing.only()
    moment = f"{formats.instant(sidebar.now(), zone)}, {zone.key}"
    return moment + (f" | {narrowing.words(chosen)}" if chosen else "")


sidebar.heading("Overview", told())
st.fragment(present, run_every=None if sidebar.fixed() else REFRESH)()
