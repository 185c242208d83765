"""One script per page; Streamlit runs the one that is open."""
