"""What somebody sees who may not look, and who is logged in for those who may."""

import streamlit as st

from gemledger_dashboard.access import visitor
from gemledger_dashboard.access.rights import Role
from gemledger_dashboard.access.visitor import Stranger


def pass_or_stop() -> None:
    """Let through who may look; to others say why not, and end the run: nothing else is drawn or asked."""
    found = visitor.present()
    if isinstance(found, Stranger):
        st.navigation(
            [st.Page(lambda: _explain(found), title="gemledger")], position="hidden"
        ).run()
        st.stop()


def signature() -> None:
    """Who is logged in, and the way out; nothing where nobody logs in."""
    found = visitor.visitor()
    if found.role is Role.LOCAL:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.text(f"{found.name}, {found.role.value}", width="stretch")  # not Markdown: no mailto:
        st.button("Log out", type="tertiary", on_click=st.logout)


def _explain(stranger: Stranger) -> None:
    st.title("gemledger")
    if stranger.problem is not None:
        st.error(
            "The login of this dashboard is not configured as it must be, so nobody gets in. "
            "`gemledger dashboard` says what is wrong when it starts.",
            icon=":material/lock:",
        )
        return
    if stranger.name is not None:
        st.text(
            f"You are logged in as {stranger.name}, and may not look at this dashboard. "
            "Ask whoever runs it to add you."
        )
        st.button("Log out", on_click=st.logout)
        return
    st.markdown("Log in to see what your Gemini calls cost.")
    for provider in stranger.providers:
        label = "Log in" if provider == "default" else f"Log in with {provider}"
        st.button(label, key=f"login-{provider}", on_click=_login, args=(provider,), type="primary")


def _login(provider: str) -> None:
    st.login(None if provider == "default" else provider)
