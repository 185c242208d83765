"""What a page has drawn: the rows behind the bars of its first picture."""

from typing import Any

import pyarrow as pa
from streamlit.testing.v1 import AppTest


def drawn(page: AppTest, picture: int = 0) -> list[dict[str, Any]]:
    """The rows as they were sent to the browser."""
    chart = page.get("vega_lite_chart")[picture].proto
    sent = [chart.data.data] if chart.data.data else [each.data.data for each in chart.datasets]
    return [row for data in sent for row in pa.ipc.open_stream(data).read_all().to_pylist()]
