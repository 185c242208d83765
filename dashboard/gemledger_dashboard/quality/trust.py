"""How far to trust the judge: its agreement with people, what its verdicts may be called, and why."""

from collections.abc import Sequence

import streamlit as st

from gemledger_dashboard.drawing import formats, tiles
from gemledger_dashboard.drawing.tiles import Tile
from gemledger_dashboard.labels.label_answers import Calibration, Canary, Judge, Measured


def section(found: Calibration, dimension: str) -> None:
    """The judge of one dimension, for a page about quality."""
    st.header("How far to trust the judge")
    judge = found.judge(dimension)
    if judge is None:
        st.caption("No model has judged this yet.")
        return
    agreement(judge, found)
    canary(judge)
    st.page_link("views/labels.py", label="Label answers", icon=":material/label:")


def agreement(judge: Judge, found: Calibration) -> None:
    """One judge: its figures with their intervals, the word they earn, and what is missing."""
    tiles.row(_tiles(judge, found))
    st.markdown(verdict(judge))
    st.caption(
        formats.plain(
            f"{judge.model}, rubric version {judge.rubric_version}. "
            f"{formats.plural(judge.people_cannot_tell, 'answer')} a person could not decide and "
            f"{formats.count(judge.judge_cannot_tell)} the judge could not are in no figure. "
            "Figures are weighted to all judged answers."
        )
    )


def canary(judge: Judge) -> None:
    """How the judge did of late on answers whose labels are known; nothing where no set is configured."""
    if judge.canary is not None:
        st.markdown(canary_line(judge.canary))


def canary_line(each: Canary) -> str:
    """The newest day of a canary set in a sentence."""
    if each.agreement is None:
        return f":material/error: Canary set: on {each.day} none of its answers could be judged."
    right = f"{formats.percent(each.agreement.value)} of {each.scored} known answers right"
    span = _percent_span(each.agreement)
    course = {
        None: "its first days, with which later ones are compared",
        False: "as in its first week",
        True: "**not as in its first week: the judge itself has changed**",
    }[each.changed]
    icon = ":material/warning:" if each.changed else ":material/science:"
    return f"{icon} Canary set on {each.day}: {right}, {span}; {course}."


def verdict(judge: Judge) -> str:
    """The word that is used, and why."""
    if judge.calibrated:
        return (
            f":material/verified: Called **{formats.plain(judge.word)}**: people agree with this judge "
            "well enough."
        )
    return (
        f":material/flag: Called **{formats.plain(judge.word)}**, no more: it takes "
        f"{formats.plain(judge.missing or '')}."
    )


def _tiles(judge: Judge, found: Calibration) -> Sequence[Tile]:
    wanted = f"of {formats.count(judge.judged)} judged; {found.labels_needed} are needed"
    return (
        Tile(
            "Labels", formats.count(judge.labels), wanted, "Answers that people and judge decided."
        ),
        Tile(
            "Kappa",
            formats.score(judge.kappa.value if judge.kappa else None),
            _span(judge.kappa, judge.band),
            "Agreement beyond chance: 0 is a coin, 1 is always. "
            f"{found.kappa_needed} is needed to call a bad answer by its name.",
        ),
        Tile(
            "Sensitivity",
            formats.percent(judge.sensitivity.value if judge.sensitivity else None),
            _percent_span(judge.sensitivity),
            "The share of truly bad answers that the judge flags.",
        ),
        Tile(
            "Specificity",
            formats.percent(judge.specificity.value if judge.specificity else None),
            _percent_span(judge.specificity),
            "The share of truly good answers that the judge passes.",
        ),
    )


def _span(measured: Measured | None, band: str | None) -> str:
    if measured is None:
        return "not known yet"
    return f"{measured.low:.2f} to {measured.high:.2f} (95 %), {band}"


def _percent_span(measured: Measured | None) -> str:
    if measured is None:
        return "not known yet"
    return f"{formats.percent_interval(measured.low, measured.high)} (95 %)"
