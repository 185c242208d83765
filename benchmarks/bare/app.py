"""What Streamlit itself costs: two pages, each with one metric and one chart."""

from pathlib import Path

import streamlit as st

_HERE = Path(__file__).parent

st.set_page_config(page_title="bare", layout="wide")
st.navigation(
    [st.Page(_HERE / "first.py", title="First"), st.Page(_HERE / "second.py", title="Second")]
).run()
