"""Labels over HTTP of a running collector: drawn blind and in halves, taken in, listed, and kept apart from content."""

import json
from pathlib import Path
from typing import Any

from support.collector import RunningCollector, config_for
from support.otlp import call, call_attributes, payload
from support.tokens import Issued, extensions

from .conftest import ANSWERS, FLAGGED, NOON, Labelling, content, fill, label, span, trace, verdict


def numbers(answers: list[dict[str, Any]]) -> list[int]:
    """Which answers these are."""
    return [int(answer["trace_id"], 16) for answer in answers]


def test_answers_to_label_are_half_flagged_and_do_not_say_which(labelling: Labelling) -> None:
    """10 % were flagged, half of the list is; no word of the verdict, and no pattern in the order."""
    answers = labelling.following(40)
    flagged = [number <= FLAGGED for number in numbers(answers)]
    assert sum(flagged) == 20
    assert flagged != [True, False] * 20
    assert flagged != [False, True] * 20
    first = answers[0]
    number = numbers(answers)[0]
    assert first["input_messages"][0]["parts"][0]["content"] == f"Question {number}?"
    assert first["output_messages"][0]["parts"][0]["content"] == f"Answer {number}."
    assert not {"label", "score", "evidence", "reason", "verdict"} & set(first)
    assert "the very phrase" not in str(answers)


def test_everybody_gets_the_same_list_and_nothing_twice(labelling: Labelling) -> None:
    """What one person has labelled is not asked of the next, also where they could not tell."""
    first, again = labelling.following(10), labelling.following(10)
    assert first == again
    said = ["good", "bad", "cannot_tell"]
    labelling.say(*(label(number, said[number % 3]) for number in numbers(first)))
    following = labelling.following(10)
    assert not set(numbers(following)) & set(numbers(first))
    answer = labelling.collector.get("/api/v1/labels/next", dimension="accuracy", limit=1)
    assert answer["waiting"] == ANSWERS - 10


def test_when_one_half_is_used_up_the_other_goes_on(labelling: Labelling) -> None:
    """There are 30 flagged answers; of 100, 70 are others."""
    found = numbers(labelling.following(100))
    assert len(found) == 100
    assert sum(number <= FLAGGED for number in found) == FLAGGED


def test_only_what_can_still_be_read_is_asked_about(tmp_path: Path) -> None:
    """Content that is gone, errors, checks, what the judge left open, and another feature's answers are not."""
    path = tmp_path / "x.duckdb"
    rows = [
        verdict(1, "good"),
        verdict(2, "bad"),
        verdict(3, None, error="no answer"),
        verdict(4, "cannot_tell"),
        verdict(5, "bad", feature="search"),
        verdict(6, "bad", kind="check", judged_at_unix_nano=NOON + 9),
        verdict(7, "bad"),
    ]
    kept = [content(number) for number in (1, 3, 4, 5, 6)] + [content(7, output_messages=None)]
    fill(path, rows, kept)
    with RunningCollector(config_for(path), lambda: NOON) as running:
        labelling = Labelling(running)
        assert sorted(numbers(labelling.following())) == [1, 5]
        assert numbers(labelling.following(feature="support-chat")) == [1]
        assert labelling.following(dimension="tone") == []


def test_an_unknown_answer_is_named_and_the_others_are_stored(labelling: Labelling) -> None:
    """By its place in the list; the first and third are there afterwards."""
    answer = labelling.say(label(1, "good"), label(9999, "bad"), label(2, "bad"))
    assert answer["stored"] == 2
    (refused,) = answer["refused"]
    assert (refused["index"], refused["type"]) == (1, "not_found")
    assert f"{trace(9999)}/{span(9999)}" in refused["message"]
    listed = labelling.collector.get("/api/v1/labels")["labels"]
    assert {each["trace_id"]: each["label"] for each in listed} == {
        trace(1): "good",
        trace(2): "bad",
    }
    assert listed[0]["labelled_by"] == "loopback"
    assert listed[0]["call_start_time"] == "2026-11-10T12:00:00Z"


def test_of_a_person_the_last_label_counts(labelling: Labelling) -> None:
    """Whoever changes their mind has one opinion; another person has another."""
    labelling.say(label(1, "good", labelled_by="ada"))
    labelling.say(label(1, "bad", labelled_by="ada"), label(1, "good", labelled_by="ben"))
    listed = labelling.collector.get("/api/v1/labels")["labels"]
    assert {each["labelled_by"]: each["label"] for each in listed} == {"ada": "bad", "ben": "good"}
    assert labelling.judge()["labels"] == 0  # a tie cannot tell
    assert labelling.judge()["people_cannot_tell"] == 1


def test_a_note_is_redacted_and_takes_the_scope_content_to_read(tmp_path: Path) -> None:
    """It may quote the answer: with read alone there is none, and whoever reads it is noted."""
    path = tmp_path / "x.duckdb"
    fill(path, [verdict(1, "good")], [content(1)])
    writer, reader = (
        Issued("writer", ["write", "read"]),
        Issued("reader", ["content", "read", "admin"]),
    )
    config = config_for(path, extensions=extensions(writer, reader))
    with RunningCollector(config, lambda: NOON) as running:
        body = {"labels": [label(1, "bad", note="as jane.doe@example.com wrote")]}
        sent = running.http.post("/api/v1/labels", json=body, headers=writer.header)
        assert sent.json() == {"stored": 1, "refused": []}

        def asked(token: Issued, **parameters: Any) -> Any:
            return running.http.get("/api/v1/labels", params=parameters, headers=token.header)

        assert asked(writer).json()["labels"][0]["note"] is None
        assert asked(writer).json()["labels"][0]["labelled_by"] == "writer"
        assert asked(writer, notes="true").status_code == 403
        assert asked(reader, notes="true").json()["labels"][0]["note"] == "as [email] wrote"
        following = {"dimension": "accuracy"}
        assert (
            running.http.get(
                "/api/v1/labels/next", params=following, headers=writer.header
            ).status_code
            == 403
        )
        assert (
            running.http.get(
                "/api/v1/labels/next", params=following, headers=reader.header
            ).status_code
            == 200
        )
        lines = running.http.get("/api/v1/audit", headers=reader.header).json()["lines"]
    told = [(line["actor"], line["action"]) for line in lines]
    assert told.count(("reader", "content")) == 2
    assert ("writer", "labels") in told
    assert "jane" not in str(lines)


def test_labels_are_listed_in_pages(labelling: Labelling) -> None:
    """Newest first, none twice, none left out."""
    labelling.say(*(label(number, "good") for number in range(1, 26)))
    found: list[str] = []
    cursor = None
    while True:
        asked = {"limit": 10} | ({"cursor": cursor} if cursor else {})
        page = labelling.collector.get("/api/v1/labels", **asked)
        found += [each["trace_id"] for each in page["labels"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert sorted(found) == [trace(number) for number in range(1, 26)]


def test_what_is_no_label_is_refused_with_its_place(labelling: Labelling) -> None:
    """Nothing of such a request is stored."""
    body = {"labels": [label(1, "good"), label(2, "excellent")]}
    answer = labelling.collector.http.post("/api/v1/labels", json=body)
    assert answer.status_code == 400
    assert "labels.1.label" in answer.json()["error"]["message"]
    assert labelling.collector.get("/api/v1/labels")["labels"] == []


def test_erasing_a_user_removes_what_was_noted_of_their_answers(tmp_path: Path) -> None:
    """The label stays: it is about the judge."""
    path = tmp_path / "x.duckdb"
    with RunningCollector(config_for(path), lambda: NOON) as running:
        sent = call(1, attributes=call_attributes(attribution_user_id="anna"))
        sent.attributes.add(key="gen_ai.output.messages").value.string_value = '[{"content": "hi"}]'
        assert running.send(payload([sent])).status_code == 200
        labelling = Labelling(running)
        about = {
            "trace_id": sent.trace_id.hex(),
            "span_id": sent.span_id.hex(),
            "dimension": "tone",
            "label": "bad",
        }
        assert labelling.say({**about, "note": "rude to her"})["stored"] == 1
        erased = running.http.post("/api/v1/upkeep/erase", json={"user_id": "anna"})
        assert json.loads(erased.text.splitlines()[0])["rows"]["human_labels"] == 1
        (kept,) = running.get("/api/v1/labels", notes="true")["labels"]
    assert (kept["label"], kept["note"]) == ("bad", None)
