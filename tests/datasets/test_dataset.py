"""``gemledger dataset``: what is taken out of a collector, redacted, and what says so beside it."""

import json
from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from support.answers import ANSWERS, DAY, answered, fill
from support.collector import RunningCollector, config_for
from support.otlp import NOON, payload
from support.processes import run_gemledger
from support.tokens import Issued, extensions

READER, FIGURES = Issued("maria", ["read", "content"]), Issued("paul", ["read"])
SINCE = ("--since", "2026-11-01", "--until", "2026-11-04")


@pytest.fixture
def collector(tmp_path: Path) -> Iterator[RunningCollector]:
    """A collector that redacts nothing on arrival, with six captured answers on three days."""
    fill(tmp_path / "store.duckdb")
    config = config_for(tmp_path / "store.duckdb", processors={"redact": {"content": False}})
    with RunningCollector(config, lambda: NOON + 3 * DAY) as running:
        sent = running.send(payload([answered(number) for number in range(ANSWERS)]))
        assert sent.status_code == 200, sent.text
        yield running


def taken(collector: RunningCollector, out: Path, *arguments: str) -> list[dict[str, Any]]:
    """Rows of a data set of the three days."""
    done = run_gemledger("dataset", "--out", str(out), *SINCE, "--url", collector.url, *arguments)
    assert done.returncode == 0, done.stderr
    if out.suffix == ".parquet":
        rows: list[dict[str, Any]] = pq.read_table(out).to_pylist()
        return rows
    file = out if out.suffix else out / "answers.jsonl"
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def numbers(rows: Sequence[dict[str, Any]]) -> list[int]:
    """Which answers these are."""
    return [int(row["answer"].split()[-1].rstrip(".")) for row in rows]


def test_an_answer_comes_with_all_that_is_known_of_it(
    collector: RunningCollector, tmp_path: Path
) -> None:
    """Question, instruction, what the call cost, and what judge, people and users said; in order of time."""
    rows = taken(collector, tmp_path / "all.jsonl")
    assert numbers(rows) == [0, 3, 1, 4, 2, 5]
    first = rows[0]
    assert first["question"] == "Write to [email]? (case 0)"
    assert (first["answer"], first["problem"]) == ("Yes, number 0.", None)
    assert first["system_instruction"] == "Be brief."
    assert (first["feature"], first["model"]) == ("search", "gemini-2.5-flash")
    assert (first["cost_pico_usd"], first["cost_status"]) == ("550000000", "exact")
    assert (first["input_tokens"], first["latency_seconds"]) == (1000, 1.0)
    assert first["time"] == "2026-11-01T12:00:00Z"
    [said] = first["verdicts"]
    assert (said["label"], said["score"], said["kind"]) == ("bad", 0.1, "judge")
    assert said["inclusion_probability"] == 0.5
    by_number = dict(zip(numbers(rows), rows, strict=True))
    assert [each["label"] for each in by_number[3]["verdicts"]] == ["good"]
    assert by_number[4]["verdicts"] == []
    people = [(each["labelled_by"], each["label"]) for each in by_number[1]["labels"]]
    assert people == [("maria", "bad"), ("paul", "good")]
    assert [each["label"] for each in by_number[5]["feedback"]] == ["down"]


@pytest.mark.parametrize("name", ["all.jsonl", "all.parquet"])
def test_no_personal_datum_leaves_though_the_store_holds_it(
    collector: RunningCollector, tmp_path: Path, name: str
) -> None:
    """Prompt, verdict, note and comment are redacted on the way out, whatever was done on the way in."""
    stored = collector.select(
        "select count(*) from contents where input_messages like '%ann.smith%'"
    )
    assert stored == [[ANSWERS]]
    rows = taken(collector, tmp_path / name)
    told = json.dumps(rows)
    assert "ann.smith" not in told
    assert told.count("[email]") == ANSWERS * 2 + 4 + 2 + 1
    assert b"ann.smith" not in b"".join(each.read_bytes() for each in tmp_path.glob("all*"))


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [
        (("--feature", "chat"), [3, 1, 5]),
        (("--team", "nobody"), []),
        (("--model", "gemini-2.5-flash", "--feature", "search"), [0, 4, 2]),
        (("--label", "bad"), [0, 2]),
        (("--label", "good", "--dimension", "accuracy"), [3, 1]),
        (("--dimension", "tone"), []),
        (("--min-score", "0.5"), [3, 1]),
        (("--max-score", "0.2"), [0]),
        (("--label", "bad", "--min-score", "0.2"), [2]),
        (("--label", "bad", "--by", "human"), [1]),
        (("--thumbs", "down"), [5]),
        (("--thumbs", "up"), []),
        (("--until", "2026-11-02"), [0, 3]),
    ],
)
def test_filters_choose(
    collector: RunningCollector, tmp_path: Path, arguments: tuple[str, ...], wanted: list[int]
) -> None:
    """By what an answer is, and by what was said of it; of several verdicts the last counts."""
    assert numbers(taken(collector, tmp_path / "some.jsonl", *arguments)) == wanted


def test_the_manifest_says_what_it_is(collector: RunningCollector, tmp_path: Path) -> None:
    """Filters, digest, versions, what is redacted, and what each field means."""
    rows = taken(collector, tmp_path / "set", "--feature", "chat", "--limit", "2")
    manifest = json.loads((tmp_path / "set" / "manifest.json").read_text())
    assert manifest["rows"] == len(rows) == 2
    data = (tmp_path / "set" / "answers.jsonl").read_bytes()
    assert manifest["sha256"] == sha256(data).hexdigest()
    assert manifest["filters"] == {
        "since": "2026-11-01",
        "until": "2026-11-04",
        "feature": "chat",
        "limit": 2,
    }
    assert [field["name"] for field in manifest["fields"]] == list(rows[0])
    assert "email" in manifest["redaction"]["kinds"]
    assert len(manifest["redaction"]["version"]) == 12
    assert manifest["price_book"] == collector.get("/api/v1/status")["price_book"]


@pytest.mark.parametrize("form", ["jsonl", "parquet"])
def test_the_same_filter_twice_is_the_same_bytes(
    collector: RunningCollector, tmp_path: Path, form: str
) -> None:
    """But for the time in the manifest; both forms hold the same."""
    first, second = tmp_path / f"a.{form}", tmp_path / "b" / f"a.{form}"
    rows = taken(collector, first)
    assert taken(collector, second) == rows == taken(collector, tmp_path / "c.jsonl")
    assert first.read_bytes() == second.read_bytes()
    manifests = [
        json.loads(each.with_name(f"{each.name}.manifest.json").read_text())
        for each in (first, second)
    ]
    for manifest in manifests:
        del manifest["created"]
    assert manifests[0] == manifests[1]


def test_a_limit_draws_the_same_and_a_larger_one_only_adds(
    collector: RunningCollector, tmp_path: Path
) -> None:
    """Not the oldest: by a hash of their ids, in order of time."""
    whole = numbers(taken(collector, tmp_path / "all.jsonl"))
    before: set[int] = set()
    for limit in range(1, ANSWERS + 1):
        some = numbers(taken(collector, tmp_path / "some.jsonl", "--limit", str(limit)))
        assert some == [number for number in whole if number in some]
        assert len(some) == limit
        assert before < set(some)
        before = set(some)


def test_pieces_of_any_size_are_the_whole(collector: RunningCollector) -> None:
    """What follows a piece begins right behind it."""
    asked = {"since": "2026-11-01T00:00:00Z", "until": "2026-11-04T00:00:00Z"}
    whole = pieces(collector, asked)
    assert len(whole) == ANSWERS
    for limit in ("1", "4"):
        assert pieces(collector, asked | {"limit": limit}) == whole


def pieces(collector: RunningCollector, asked: dict[str, str]) -> list[Any]:
    """Rows, piece by piece."""
    rows: list[Any] = []
    while True:
        answer = collector.http.get("/api/v1/datasets/answers", params=asked)
        assert answer.status_code == 200, answer.text
        rows += pa.ipc.open_stream(answer.content).read_all().to_pylist()
        if "Gemledger-Next" not in answer.headers:
            return rows
        asked = asked | {"after": answer.headers["Gemledger-Next"]}


def test_one_that_broke_off_goes_on_where_it_was(
    collector: RunningCollector, tmp_path: Path
) -> None:
    """Parts of another are not touched."""
    out = tmp_path / "all.jsonl"
    whole = taken(collector, out)
    (tmp_path / "all.jsonl.parts").mkdir()
    other = {"dataset": "answers", "since": "2026-10-01"}
    (tmp_path / "all.jsonl.parts" / "export.json").write_text(json.dumps(other))
    refused = run_gemledger("dataset", "--out", str(out), *SINCE, "--url", collector.url)
    assert refused.returncode == 2
    assert "parts of another export" in refused.stderr
    nobody = run_gemledger("dataset", "--out", str(tmp_path / "x"), "--url", "http://127.0.0.1:9")
    assert nobody.returncode == 1
    assert "run the same command again" in nobody.stderr
    (tmp_path / "all.jsonl.parts" / "export.json").unlink()
    assert taken(collector, out) == whole


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("--since", "2026-11-02", "--until", "2026-11-02"), "--until is not after --since"),
        (("--out", "x.jsonl", "--format", "parquet"), "leave one out"),
        (("--label", "fine"), "invalid choice"),
        (("--limit", "0"), "give 1 or more"),
        (("--since", "yesterday"), "is no date"),
    ],
)
def test_arguments_that_make_none_are_told(
    tmp_path: Path, arguments: tuple[str, ...], problem: str
) -> None:
    """Nothing is fetched, nothing written."""
    out = () if "--out" in arguments else ("--out", str(tmp_path / "set"))
    answer = run_gemledger("dataset", *out, *arguments)
    assert answer.returncode == 2
    assert problem in answer.stderr
    assert not list(tmp_path.iterdir())


def test_it_takes_the_scope_content_and_is_noted(tmp_path: Path) -> None:
    """Who took what; whoever may read figures only is refused."""
    admin = Issued("root", ["admin"])
    config = config_for(tmp_path / "x.duckdb", extensions=extensions(READER, FIGURES, admin))
    with RunningCollector(config) as running:
        asked = (
            "dataset",
            "--out",
            str(tmp_path / "set"),
            *SINCE,
            "--label",
            "bad",
            "--url",
            running.url,
        )
        refused = run_gemledger(*asked, GEMLEDGER_TOKEN=FIGURES.secret)
        assert refused.returncode == 1
        assert "content" in refused.stderr
        assert run_gemledger(*asked, GEMLEDGER_TOKEN=READER.secret).returncode == 0
        answer = running.http.get(
            "/api/v1/audit", params={"action": "dataset"}, headers=admin.header
        )
        lines = answer.json()["lines"]
    assert {line["actor"] for line in lines} == {"maria"}
    assert len(lines) == 3
    assert lines[0]["detail"]["label"] == "bad"


def test_what_is_wrong_with_a_question_is_told(collector: RunningCollector) -> None:
    """An empty range, scores of people, a position that is none, what is not known."""
    day = {"since": "2026-11-01T00:00:00Z", "until": "2026-11-02T00:00:00Z"}
    for asked, problem in (
        ({**day, "until": day["since"]}, "not after since"),
        ({**day, "by": "human", "min_score": "0.5"}, "people give labels"),
        ({**day, "after": "9999999999999999999-1"}, "Gemledger-Next"),
        ({**day, "colour": "red"}, "colour"),
        ({**day, "min_score": "2"}, "min_score"),
    ):
        answer = collector.http.get("/api/v1/datasets/answers", params=asked)
        assert answer.status_code == 400, answer.text
        assert problem in answer.json()["error"]["message"]
