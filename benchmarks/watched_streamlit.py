"""Streamlit, or the dashboard's start of it, with a clock: what a page waits for is written down.

SIGUSR1 empties its caches. python benchmarks/watched_streamlit.py ANSWERS.jsonl streamlit run app.py …
"""

import json
import runpy
import signal
import sys
import time
from pathlib import Path
from typing import Any

import httpx


def watch(answers: Path) -> None:
    """Write a line for every answer httpx gives in this process: its path and between which moments."""
    file = answers.open("a", encoding="utf-8", buffering=1)
    send = httpx.Client.send

    def watched(self: httpx.Client, request: httpx.Request, **options: Any) -> httpx.Response:  # noqa: ANN401
        began = time.time()
        try:
            return send(self, request, **options)
        finally:
            said = {"path": request.url.path, "began": began, "ended": time.time()}
            file.write(json.dumps(said) + "\n")

    httpx.Client.send = watched  # type: ignore[method-assign]


def forget(*_: object) -> None:
    """Empty what pages have kept of earlier answers."""
    import streamlit as st  # noqa: PLC0415 - Streamlit's own command line is to be the first that imports it

    st.cache_data.clear()


if __name__ == "__main__":
    answers, module = sys.argv[1:3]
    del sys.argv[1:3]
    watch(Path(answers))
    signal.signal(signal.SIGUSR1, forget)
    runpy.run_module(module, run_name="__main__", alter_sys=True)
