"""What somebody on call does about alerts from the page: acknowledge, silence, end that, try a channel."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from urllib.parse import quote

import streamlit as st

from gemledger_dashboard.access import visitor
from gemledger_dashboard.alerts.alert_answers import Silence
from gemledger_dashboard.alerts.board_answers import OpenAlert
from gemledger_dashboard.drawing import formats
from gemledger_dashboard.frame import asking
from gemledger_dashboard.frame.client import CollectorError

DURATIONS = {"1h": "1 hour", "4h": "4 hours", "12h": "12 hours", "1d": "1 day", "7d": "7 days"}
_NAME, _SAID, _DONE = "alert_name", "alert_said", "alert_done"
_WHILE_OPEN = "open"
_SILENCES = "/api/v1/alerts/silences"


def outcome() -> None:
    """What came of the last thing that was done, once."""
    done, problem = st.session_state.pop(_DONE, None), st.session_state.pop(_SAID, None)
    if done:
        st.success(formats.plain(done), icon=":material/check:")
    if problem:
        st.error(formats.plain(problem), icon=":material/block:")


def acknowledging(one: OpenAlert, moment: datetime) -> None:
    """A button that opens a form: by whom, with which words, until when; nothing for a viewer."""
    if not visitor.visitor().is_admin:
        return
    key = f"ack-{one.name}"
    with (
        st.popover("Acknowledge", icon=":material/visibility:"),
        st.form(f"{key}-form", border=False),
    ):
        st.caption("Channels are not reminded while it stays open, and hear when it ends.")
        _who(key)
        comment = st.text_input("Comment", key=f"{key}-comment", max_chars=1000)
        until = st.selectbox(
            "Until",
            [_WHILE_OPEN, *DURATIONS],
            key=f"{key}-until",
            format_func=lambda each: DURATIONS.get(each, "it ends"),
        )
        if st.form_submit_button("Acknowledge it", type="primary"):
            body: dict[str, str] = {"comment": comment}
            if until != _WHILE_OPEN:
                body["until"] = (moment + _length(until)).isoformat()
            _acknowledge(one, body, key)


def silencing(one: OpenAlert) -> None:
    """A button that opens a form: for how long, and why; nothing for a viewer."""
    if not visitor.visitor().is_admin:
        return
    key = f"silence-{one.name}"
    labels = _matched(one)
    with (
        st.popover("Silence", icon=":material/notifications_off:"),
        st.form(f"{key}-form", border=False),
    ):
        st.caption("Nobody is told of any alert with all of these labels, also when it fires anew.")
        chosen = st.multiselect("Labels", labels, default=labels, key=f"{key}-labels")
        length = st.selectbox(
            "For", list(DURATIONS), key=f"{key}-for", format_func=lambda each: DURATIONS[each]
        )
        _who(key)
        comment = st.text_input("Comment", key=f"{key}-comment", max_chars=900)
        if st.form_submit_button("Silence it", type="primary"):
            _silence(chosen, length, comment, key)


def ending(silence_id: str, what: str, key: str) -> None:
    """A button that ends a silence, or takes an acknowledgement back; nothing for a viewer."""
    if not visitor.visitor().is_admin:
        return
    if st.button(what, key=key, icon=":material/undo:", type="tertiary"):
        _done(lambda: asking.end(f"{_SILENCES}/{quote(silence_id, safe='')}"), "It is ended.")


def trying(channel: str) -> None:
    """A button that sends a message that says it is a test; nothing for a viewer."""
    if not visitor.visitor().is_admin:
        return
    if st.button(f"Send a test message to {formats.plain(channel)}", icon=":material/send:"):
        _done(lambda: _tried(channel), f"A test message has arrived at {channel}.")


def words(silence: Silence) -> str:
    """What is quiet, in words."""
    return ", ".join(silence.matchers)


def _tried(channel: str) -> None:
    answer = asking.tell(f"/api/v1/alerts/channels/{quote(channel, safe='')}/test", {})
    if not answer["delivered"]:
        raise CollectorError(f"The test message did not arrive at {channel}: {answer['error']}")


def _acknowledge(one: OpenAlert, body: dict[str, str], key: str) -> None:
    by = _name(key)
    if not body["comment"].strip():
        _say("Say in the comment what you know or do about it.")
        return
    _done(
        lambda: asking.tell(
            f"/api/v1/alerts/{quote(one.name, safe='')}/acknowledge",
            body | ({"by": by} if by else {}),
        ),
        f"{one.alert.rule} is acknowledged.",
    )


def _silence(matchers: Sequence[str], length: str, comment: str, key: str) -> None:
    by = _name(key)
    if not comment.strip() or not matchers:
        _say("Choose labels, and say in the comment why it may be quiet.")
        return
    signed = f"{comment} ({by})" if by else comment
    body = {"matchers": list(matchers), "duration": length, "comment": signed}
    _done(lambda: asking.tell(_SILENCES, body), f"Quiet for {DURATIONS[length]}.")


def _done(act: Callable[[], object], said: str) -> None:
    """Do it, say what came of it, and look at everything anew."""
    try:
        act()
    except CollectorError as problem:
        _say(_refusal(str(problem)))
        return
    asking.forget()
    st.session_state[_DONE] = said
    st.rerun()


def _say(problem: str) -> None:
    st.session_state[_SAID] = problem
    st.rerun(scope="app")


def _refusal(problem: str) -> str:
    if " 403" not in problem and " 401" not in problem:
        return problem
    return (
        "You may look here, but change nothing: the token that this dashboard has (GEMLEDGER_TOKEN) lacks the scope "
        "write."
    )


def _who(key: str) -> None:
    if visitor.who() is not None:  # who is logged in signs with that name
        return
    if f"{key}-by" not in st.session_state:
        st.session_state[f"{key}-by"] = st.session_state.get(_NAME, "")
    st.text_input(
        "Your name",
        key=f"{key}-by",
        max_chars=200,
        help="It stands beside what you do. Empty: the name of the token.",
    )


def _name(key: str) -> str:
    """The name of the login, else the one in the form; it is there in the next one."""
    logged_in = visitor.who()
    if logged_in is not None:
        return logged_in
    name = str(st.session_state.get(f"{key}-by", "")).strip()
    st.session_state[_NAME] = name
    return name


def _matched(one: OpenAlert) -> list[str]:
    labels = one.alert.labels
    kept = {name: value for name, value in labels.items() if name not in {"alertname", "kind"}}
    return [f'{name}="{_escaped(value)}"' for name, value in kept.items()]


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"')


def _length(written: str) -> timedelta:
    return timedelta(**{{"h": "hours", "d": "days"}[written[-1]]: int(written[:-1])})
