"""`gemledger labels`: a CSV file in, with what is wrong in it told by its line, and out again."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.collector import RunningCollector, config_for
from support.otlp import NOON, call, payload
from support.processes import run_gemledger

HEADER = "trace_id,span_id,dimension,label,note,labelled_by"


@pytest.fixture
def running(tmp_path: Path) -> Iterator[RunningCollector]:
    """A collector with the content of three answers."""
    spans = [call(number) for number in (1, 2, 3)]
    for span in spans:
        span.attributes.add(key="gen_ai.output.messages").value.string_value = '[{"content": "hi"}]'
    with RunningCollector(config_for(tmp_path / "x.duckdb"), lambda: NOON) as collector:
        assert collector.send(payload(spans)).status_code == 200
        yield collector


def ids(number: int) -> str:
    """Trace and span of an answer, as columns of CSV."""
    span = call(number)
    return f"{span.trace_id.hex()},{span.span_id.hex()}"


def test_labels_come_in_from_a_file_and_broken_lines_are_told_by_their_number(
    running: RunningCollector, tmp_path: Path
) -> None:
    """The good ones of nine lines are imported all the same; 1 says that not all were."""
    file = tmp_path / "labels.csv"
    lines = [
        HEADER,
        f'{ids(1)},tone,bad,"rude, and',
        'over two lines",ada',
        f"{ids(2)},tone,splendid,,ada",
        f"{ids(3)},tone,good,=cmd(),ben",
        f"{ids(99)},tone,good,,ada",
        "abc,def,tone,good,,",
        f"{ids(2)},tone,good",
        f"{ids(2)},,good,,",
        f"{ids(2)},accuracy,cannot_tell,,",
        "ann.smith@example.com,def,tone,good,,",
    ]
    file.write_text("\ufeff" + "\r\n".join(lines), "utf-8")
    told = run_gemledger("labels", "import", str(file), "--url", running.url)
    assert told.returncode == 1
    assert told.stdout == "3 of 9 labels imported\n"
    problems = told.stderr.splitlines()
    assert [line.split(":")[1] for line in problems] == ["4", "6", "7", "8", "9", "11"]
    assert "label is 'splendid'; give good, bad or cannot_tell" in problems[0]
    assert "nothing is known of an answer" in problems[1]
    assert "trace_id is 'abc'" in problems[2]
    assert "it has 4 fields, the first line has 6" in problems[3]
    assert "dimension is empty" in problems[4]
    assert "trace_id is 21 characters; give 32 hexadecimal digits" in problems[5]
    exported = run_gemledger("labels", "export", "--notes", "--url", running.url)
    assert exported.returncode == 0, exported.stderr
    found = list(csv.DictReader(io.StringIO(exported.stdout)))
    assert {
        (row["dimension"], row["label"], row["labelled_by"], row["source"]) for row in found
    } == {
        ("tone", "bad", "ada", "csv"),
        ("tone", "good", "ben", "csv"),
        ("accuracy", "cannot_tell", "loopback", "csv"),
    }
    notes = {row["labelled_by"]: row["note"] for row in found}
    assert notes["ada"].split() == ["rude,", "and", "over", "two", "lines"]
    assert notes["ben"] == "'=cmd()"  # no formula in anybody's spreadsheet


def test_what_was_exported_can_be_imported_again(running: RunningCollector, tmp_path: Path) -> None:
    """Also with more columns than it takes, and a note that looked like a formula."""
    first, second = tmp_path / "first.csv", tmp_path / "second.csv"
    first.write_text(f"{HEADER}\n{ids(3)},tone,good,=cmd(),ben\n")
    assert run_gemledger("labels", "import", str(first), "--url", running.url).returncode == 0
    written = run_gemledger(
        *("labels", "export", "--dimension", "tone", "--notes", "--output", str(second)),
        *("--url", running.url),
    )
    assert written.returncode == 0, written.stderr
    again = run_gemledger("labels", "import", str(second), "--url", running.url)
    assert (again.returncode, again.stdout) == (0, "1 of 1 labels imported\n")
    (label,) = running.get("/api/v1/labels", notes="true")["labels"]
    assert label["note"] == "=cmd()"


def test_a_file_of_something_else_is_refused_whole(
    running: RunningCollector, tmp_path: Path
) -> None:
    """It says which column is missing; a file that is not there, and a collector that is not, are told, too."""
    file = tmp_path / "spend.csv"
    file.write_text("team,cost\nsupport,1\n")
    told = run_gemledger("labels", "import", str(file), "--url", running.url)
    assert told.returncode == 1
    assert "names no column trace_id, span_id, dimension, label" in told.stderr
    missing = run_gemledger("labels", "import", str(tmp_path / "no.csv"), "--url", running.url)
    assert missing.returncode == 1
    assert "no.csv" in missing.stderr
    file.write_text(f"{HEADER}\n{ids(1)},tone,good,,\n")
    nobody = run_gemledger("labels", "import", str(file), "--url", "http://127.0.0.1:9")
    assert nobody.returncode == 1
    assert "no collector answers" in nobody.stderr
