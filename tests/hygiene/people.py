"""What people write: labels with notes, by the API and by CSV, feedback, and a canary set."""

import csv
import io
import json

import httpx
from support.processes import CollectorProcess

from .planting import ONE_LINE
from .trail import Trail


def canary_set(trail: Trail) -> str:
    """The path of a set whose question and answer are full of it: the judge reads them, and no table has them."""
    item = {
        "item": "planted",
        "dimensions": ["accuracy"],
        "question": trail.plant("question of a canary set", stored=False),
        "answer": trail.plant("answer of a canary set", stored=False),
        "expected": "good",
    }
    path = trail.folder.parent / f"{trail.folder.name}-canary.jsonl"  # is no trace of the run
    path.write_text(json.dumps(item))
    return str(path)


def label_answers(trail: Trail, collector: CollectorProcess) -> None:
    """Over HTTP, and out of a file of which some lines are none."""
    (judged,) = collector.query(
        "select replace(trace_id::varchar, '-', '') as trace_id, printf('%016x', span_id) as span_id "
        "from evaluations where label is not null limit 1"
    )
    label = {**judged, "label": "bad"}
    noted = trail.plant("note of a label", stored=True)
    _post(collector, "labels", {"labels": [label | {"dimension": "tone", "note": noted}]})
    written = trail.plant("note in a CSV file", stored=True, kinds=ONE_LINE)
    broken = trail.plant("broken line of a CSV file", stored=False, kinds=ONE_LINE)
    columns = ("trace_id", "span_id", "dimension", "label", "note")
    lines = io.StringIO()
    writer = csv.DictWriter(lines, columns)
    writer.writeheader()
    writer.writerow(label | {"dimension": "accuracy", "note": written})
    writer.writerow(label | {"dimension": "accuracy", "note": "", "label": broken})
    writer.writerow(label | {"dimension": broken[:90], "note": "", "trace_id": broken})
    file = trail.folder.parent / f"{trail.folder.name}-labels.csv"  # is no trace of the run
    file.write_text(lines.getvalue())
    trail.gemledger("labels", "import", str(file), "--url", collector.url, succeeds=False)


def give_feedback(trail: Trail, collector: CollectorProcess) -> None:
    """From any language; and nonsense."""
    comment = trail.plant("comment by the API", stored=True)
    _post(collector, "feedback", {"trace_id": "1" * 32, "thumbs": "down", "comment": comment})
    refused = {"thumbs": trail.plant("feedback that is refused", stored=False)}
    with httpx.Client(base_url=collector.url, trust_env=False, timeout=30) as http:
        assert http.post("/api/v1/feedback", json=refused).status_code == 400


def _post(collector: CollectorProcess, route: str, body: object) -> None:
    with httpx.Client(base_url=collector.url, trust_env=False, timeout=30) as http:
        answer = http.post(f"/api/v1/{route}", json=body)
    assert answer.is_success, answer.text
