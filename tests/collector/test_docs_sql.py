"""The examples of docs/sql.md run."""

import re
from pathlib import Path

from support.collector import RunningCollector
from support.otlp import payload_of

PAGE = Path(__file__).parents[2] / "docs" / "sql.md"


def test_every_example_of_the_page_is_answered(collector: RunningCollector) -> None:
    """By a reader's means: over HTTP, on a collector that holds a call."""
    assert collector.send(payload_of(1)).status_code == 200
    examples = re.findall(r"```sql\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert len(examples) >= 7
    for sql in examples:
        answer = collector.http.post("/api/v1/sql", json={"sql": sql})
        assert answer.status_code == 200, f"{sql}\n{answer.text}"
