"""One metric, one chart."""

import altair as alt
import pandas as pd
import streamlit as st

st.title("Second")
st.metric("Calls", 30)
days = pd.DataFrame({"day": range(30), "calls": [day * day % 17 for day in range(30)]})
st.altair_chart(alt.Chart(days).mark_bar().encode(x="day:O", y="calls:Q"), width="stretch")
