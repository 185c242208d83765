"""Data sets as they come: by the command, by hand, and broken."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from support.evaluating import item, write

from gemledger_cli.evaluating.items import NoDataset, read_items

GOOD = item(1)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('{"question": "Why', "is not JSON"),
        ("[1, 2]", "is no JSON object"),
        ({**GOOD, "question": None}, "has no question"),
        ({"answer": "It is."}, "has no question"),
        ({**GOOD, "question": 7}, "question is a int; give a text"),
        ({**GOOD, "answer": None}, "has no answer to judge"),
        ({**GOOD, "answer": "", "problem": "the captured answer holds no text"}, "holds no text"),
        ({**GOOD, "id": "q0"}, "the id 'q0' stands there before"),
        ({**GOOD, "labels": {"accuracy": "fine"}}, "the label 'fine' is none of good, bad"),
        ({**GOOD, "labels": "bad"}, "labels is neither"),
        ({**GOOD, "cost_pico_usd": "1.5"}, "give a whole number of 1e-12 USD"),
        ({**GOOD, "latency_seconds": "slow"}, "give seconds"),
        ({**GOOD, "answer": "half of \ud83d"}, "answer holds half of a character"),
    ],
)
def test_a_broken_line_is_told_by_its_number(tmp_path: Path, line: Any, reason: str) -> None:
    """With what is wrong; all others are read."""
    read = read_items(write(tmp_path / "x.jsonl", [item(0), line, item(2)]), needs_answer=True)
    assert [each.id for each in read.items] == ["q0", "q2"]
    [broken] = read.broken
    assert broken.number == 2
    assert reason in broken.reason


def test_bytes_that_are_no_text_are_one_broken_line(tmp_path: Path) -> None:
    """And blank lines are nothing."""
    file = tmp_path / "x.jsonl"
    file.write_bytes(b'\xff\xfe\n\n{"question": "Why?", "answer": "So."}\n')
    read = read_items(file, needs_answer=True)
    assert [each.reason for each in read.broken] == ["is not UTF-8"]
    assert [(each.id, each.answer) for each in read.items] == [("line-3", "So.")]


def test_to_ask_a_question_takes_no_answer(tmp_path: Path) -> None:
    """But a question, and one that is not empty."""
    lines = [{"question": "Why?"}, {"question": ""}]
    read = read_items(write(tmp_path / "x.jsonl", lines), needs_answer=False)
    assert [each.question for each in read.items] == ["Why?"]
    assert [each.number for each in read.broken] == [2]


def test_of_several_people_s_labels_most_decide(tmp_path: Path) -> None:
    """Where as many say otherwise, nothing is said."""
    labels = [
        {"dimension": "accuracy", "label": "bad"},
        {"dimension": "accuracy", "label": "good"},
        {"dimension": "accuracy", "label": "bad"},
        {"dimension": "tone", "label": "bad"},
        {"dimension": "tone", "label": "good"},
    ]
    read = read_items(
        write(tmp_path / "x.jsonl", [item(0, labels=labels), item(1, labels={"tone": "good"})]),
        needs_answer=True,
    )
    assert [each.labels for each in read.items] == [{"accuracy": "bad"}, {"tone": "good"}]


def test_parquet_and_a_folder_read_the_same(tmp_path: Path) -> None:
    """Whatever the form, the items are those."""
    rows = [item(number) for number in range(3)]
    lines = read_items(write(tmp_path / "answers.jsonl", rows), needs_answer=True)
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "x.parquet")
    assert read_items(tmp_path / "x.parquet", needs_answer=True).items == lines.items
    assert read_items(tmp_path, needs_answer=True).items == lines.items


def test_what_is_no_data_set_is_told(tmp_path: Path) -> None:
    """A file that is not there, of no known form, not Parquet, an empty folder."""
    (tmp_path / "x.parquet").write_bytes(b"PAR1 or not")
    (tmp_path / "empty").mkdir()
    for given, reason in (
        ("absent.jsonl", "there is no"),
        ("x.csv", "ends in neither .jsonl nor .parquet"),
        ("x.parquet", "is not Parquet"),
        ("empty", "holds neither answers.jsonl nor answers.parquet"),
    ):
        with pytest.raises(NoDataset, match=reason):
            read_items(tmp_path / given, needs_answer=True)
