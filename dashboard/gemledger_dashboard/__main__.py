"""Streamlit's command line, which loads what pages draw with while nobody looks: `python -m gemledger_dashboard run …`.

Else the first reader after a start waits for it, about as long as for all the rest of the page.
"""

import importlib
import sys
import threading

from streamlit.web import cli

DRAWN_WITH = ("httpx", "pyarrow", "pandas", "altair")


def warm() -> None:
    """Import what every page needs, and draw one chart, with which altair reads its schema."""
    for name in DRAWN_WITH:
        importlib.import_module(name)
    alt = importlib.import_module("altair")
    alt.Chart(alt.Data(values=[{"a": 1}])).mark_bar().encode(x="a:O").to_dict()


if __name__ == "__main__":
    threading.Thread(target=warm, name="warm", daemon=True).start()
    sys.exit(cli.main(prog_name="streamlit"))
