"""The dashboard's frame: navigation, filters, the state of the collector; then the chosen page."""

from pathlib import Path

import streamlit as st

from gemledger_dashboard.access import gate, visitor
from gemledger_dashboard.frame import links, sidebar

_HERE = Path(__file__).parent

st.set_page_config(
    page_title="gemledger",
    page_icon=_HERE / "icon.svg",
    layout="wide",
    menu_items={"About": "gemledger: every Gemini call as a line in a ledger."},
)
st.logo(_HERE / "logo.svg", size="large", icon_image=_HERE / "icon.svg")
gate.pass_or_stop()
page = st.navigation(
    [
        st.Page(
            _HERE / "views/overview.py",
            title="Overview",
            icon=":material/dashboard:",
            url_path="overview",  # reserved by Streamlit, never served: the default page lives at "/"
            default=True,
        ),
        st.Page(_HERE / "views/spend.py", title="Spend", icon=":material/payments:"),
        st.Page(_HERE / "views/efficiency.py", title="Efficiency", icon=":material/eco:"),
        st.Page(_HERE / "views/latency.py", title="Latency and errors", icon=":material/speed:"),
        st.Page(_HERE / "views/alerts.py", title="Alerts", icon=":material/notifications:"),
        st.Page(_HERE / "views/quality.py", title="Quality", icon=":material/fact_check:"),
        *(
            [st.Page(_HERE / "views/labels.py", title="Label answers", icon=":material/label:")]
            if visitor.visitor().is_admin  # a viewer reads no answers
            else []
        ),
        st.Page(_HERE / "views/value.py", title="Quality for money", icon=":material/balance:"),
        st.Page(_HERE / "views/traces.py", title="Traces", icon=":material/account_tree:"),
        st.Page(_HERE / "views/health.py", title="Health", icon=":material/monitor_heart:"),
        st.Page(_HERE / "views/prices.py", title="Prices", icon=":material/sell:"),
    ]
)
sidebar.show()
page.run()
with st.sidebar:
    sidebar.collector_state()
    gate.signature()
links.write()
