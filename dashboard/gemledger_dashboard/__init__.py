"""The dashboard: Streamlit pages over the collector's HTTP API."""
