"""What a page says when it has no figures, old figures, or cannot get any: always what to do."""

from collections.abc import Sequence
from types import TracebackType
from typing import Any
from zoneinfo import ZoneInfo

import streamlit as st

from gemledger_dashboard.drawing import formats
from gemledger_dashboard.frame import asking
from gemledger_dashboard.frame.asking import Answer
from gemledger_dashboard.frame.client import CollectorError, UnreachableError


class Explained:
    """A block whose problems with the collector are explained in its place, and end there."""

    def __enter__(self) -> None:
        """Begin the block."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool:
        """Explain a CollectorError; let every other error through."""
        if isinstance(problem, CollectorError):
            _explain(problem)
            return True
        return False


def stale(answers: Sequence[Answer[Any]], zone: ZoneInfo) -> None:
    """Say once that figures are old, if any of them is."""
    old = [answer for answer in answers if answer.problem is not None]
    if not old:
        return
    given = formats.instant(min(answer.given_at for answer in old), zone)
    st.warning(
        f"These figures are from {given}: the collector at {formats.plain(asking.url())} does not "
        "answer now. They are kept for an hour and become current when it is back.",
        icon=":material/history:",
    )


def link_problems(problems: Sequence[str]) -> None:
    """Say what in the link could not be followed, and what is shown instead."""
    for problem in problems:
        st.warning(formats.plain(problem), icon=":material/link_off:")


def no_calls(*, ever: bool) -> None:
    """There is no call to show: none of this choice, or none at all."""
    if ever:
        nothing_matches(
            "No calls of this choice.", "Choose a longer time or fewer filters on the left."
        )
    else:
        nothing_recorded()


def nothing_recorded() -> None:
    """The ledger is empty: how to fill it."""
    st.info(
        "No call has been recorded yet. Add two lines to an app that calls Gemini, and its calls "
        "appear here within seconds:",
        icon=":material/inbox:",
    )
    st.code(
        f'import gemledger\ngemledger.init(service_name="my-app", endpoint="{asking.url()}")',
        language="python",
    )


def nothing_matches(what: str, remedy: str) -> None:
    """There is data, but none in this view."""
    st.info(f"{what} {remedy}", icon=":material/filter_alt_off:")


def _explain(problem: CollectorError) -> None:
    st.error(f"{formats.plain(str(problem))}", icon=":material/cloud_off:")
    st.markdown(
        f"{problem.remedy}:" if isinstance(problem, UnreachableError) else f"{problem.remedy}."
    )
    if isinstance(problem, UnreachableError):
        st.code("gemledger serve\ngemledger dashboard --url http://HOST:PORT", language="bash")
        st.caption("This page asks again by itself, every ten seconds.")
