"""Reading recorded traces, and saying precisely what is wrong with a bad one."""

import gzip
from pathlib import Path

import pytest

from gemledger_simulator.traces import Format, TraceError, TraceRow, read


def _written(folder: Path, text: str, name: str = "trace.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_azures_trace_is_read_whole(shared_data: Path) -> None:
    """19,366 rows whose sums are published, in the order of the file."""
    rows = list(read(shared_data / "azure" / "AzureLLMInferenceTrace_conv.csv", "azure"))
    assert len(rows) == 19_366
    assert sum(row.prompt_tokens for row in rows) == 22_361_870
    assert sum(row.output_tokens for row in rows) == 4_088_665
    assert (rows[0].line, rows[0].offset_seconds) == (2, 0.0)
    assert rows[1].offset_seconds == pytest.approx(4.314489, abs=1e-4)


def test_mooncakes_trace_is_read_whole_and_its_shared_blocks_are_cached(shared_data: Path) -> None:
    """Gzipped, with real prefix sharing: more than a tenth of the prompt tokens come from the cache."""
    rows = list(read(shared_data / "mooncake" / "conversation_trace.jsonl.gz", "mooncake"))
    assert len(rows) == 12_031
    assert all(0 <= row.cached_tokens <= row.prompt_tokens for row in rows)
    assert sum(row.cached_tokens for row in rows) > sum(row.prompt_tokens for row in rows) / 10


def test_azures_timestamps_become_offsets(tmp_path: Path) -> None:
    """The first row is at zero; the seventh digit of the fraction counts."""
    path = _written(
        tmp_path,
        "TIMESTAMP,ContextTokens,GeneratedTokens\n"
        "2023-11-16 18:15:46.6805900,374,44\r\n"
        "2023-11-16 18:15:50.9951690,396,109\n\n",
    )
    first, second = read(path, "azure")
    assert first == TraceRow(line=2, offset_seconds=0.0, prompt_tokens=374, output_tokens=44)
    assert second.offset_seconds == pytest.approx(4.314579, abs=1e-5)


@pytest.mark.parametrize("name", ["trace.jsonl", "trace.jsonl.gz"])
def test_leading_blocks_seen_before_are_cached(tmp_path: Path, name: str) -> None:
    """512 tokens for each, never more than the prompt, and none after the first new block."""
    lines = (
        '{"timestamp": 500, "input_length": 1100, "output_length": 5, "hash_ids": [1, 2, 3]}\n'
        '{"timestamp": 1500, "input_length": 1600, "output_length": 6, "hash_ids": [1, 2, 9, 3]}\n'
        '{"timestamp": 2500, "input_length": 700, "output_length": 7, "hash_ids": [1, 2]}\n'
    )
    path = tmp_path / name
    path.write_bytes(gzip.compress(lines.encode()) if name.endswith(".gz") else lines.encode())
    rows = list(read(path, "mooncake"))
    assert [row.cached_tokens for row in rows] == [0, 1024, 700]
    assert [row.offset_seconds for row in rows] == [0.0, 1.0, 2.0]


def test_our_own_csv_takes_as_many_columns_as_one_has(tmp_path: Path) -> None:
    """Two are required, in any order; an empty cell is an absent one."""
    path = _written(
        tmp_path,
        "\ufeffoutput_tokens,prompt_tokens,cached_tokens,thoughts_tokens,model,team,feature,user_id,offset_seconds\n"
        '7,100,50,3,gemini-2.5-pro,search,"doc, search",u1,1.5\n'
        "8,200,,,,,,,\n",
    )
    full, bare = read(path, "csv")
    assert full == TraceRow(
        line=2,
        offset_seconds=1.5,
        prompt_tokens=100,
        output_tokens=7,
        cached_tokens=50,
        thoughts_tokens=3,
        model="gemini-2.5-pro",
        team="search",
        feature="doc, search",
        user_id="u1",
    )
    assert bare == TraceRow(line=3, offset_seconds=0.0, prompt_tokens=200, output_tokens=8)


CSV = "prompt_tokens,output_tokens,cached_tokens,offset_seconds\n1,2,0,0\n"
AZURE = "TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:15:46.68,1,2\n"
MOONCAKE = '{"timestamp": 0, "input_length": 9, "output_length": 1, "hash_ids": [1]}\n'


@pytest.mark.parametrize(
    ("trace_format", "text", "complaint"),
    [
        ("csv", CSV + "1.5,2,0,0\n", ":3, column prompt_tokens: '1.5' is not a whole number; "),
        ("csv", CSV + "-1,2,0,0\n", ":3, column prompt_tokens: '-1' is not a whole number; "),
        ("csv", CSV + "1,,0,0\n", ":3, column output_tokens: '' is not a whole number; "),
        (
            "csv",
            CSV + "1,99999999999,0,0\n",
            ":3, column output_tokens: '99999999999' is out of range; ",
        ),
        (
            "csv",
            CSV + "1,2,3,0\n",
            ":3, column cached_tokens: 3 is more than the prompt's 1 tokens; ",
        ),
        (
            "csv",
            CSV + "1,2,0,soon\n",
            ":3, column offset_seconds: 'soon' is not a number of seconds; ",
        ),
        ("csv", CSV + "1,2\n", ":3, column cached_tokens: the row has 2 fields, the header 4; "),
        ("csv", "output_tokens\n1\n", ":1, column prompt_tokens: is missing from the header; "),
        (
            "csv",
            "prompt_tokens,output_tokens,colour\n",
            ":1, column colour: is unknown or doubled; ",
        ),
        ("csv", "", ":1, column prompt_tokens: is missing from the header; "),
        ("csv", CSV + '"1,2,0,0\n', "trace.csv: is not CSV: unexpected end of data; "),
        ("azure", AZURE + "yesterday,1,2\n", ":3, column TIMESTAMP: 'yesterday' is not a time; "),
        (
            "azure",
            AZURE + "2023-11-16 18:15:47,x,2\n",
            ":3, column ContextTokens: 'x' is not a whole number; ",
        ),
        ("mooncake", MOONCAKE + "{oops\n", ":2, column 2: is not JSON"),
        ("mooncake", MOONCAKE + "[1]\n", ":2, column 1: is a JSON list; "),
        ("mooncake", MOONCAKE + '{"timestamp": 0}\n', ":2, column input_length: is missing; "),
        (
            "mooncake",
            MOONCAKE.replace("9", "true"),
            ":1, column input_length: True is not a whole number; ",
        ),
        (
            "mooncake",
            MOONCAKE.replace("[1]", "[1, null]"),
            ":1, column hash_ids: is not a list of whole numbers; ",
        ),
    ],
)
def test_a_bad_row_is_named_by_file_line_and_column(
    tmp_path: Path, trace_format: Format, text: str, complaint: str
) -> None:
    """One line that says what is wrong and, after the semicolon, what to do."""
    path = _written(tmp_path, text)
    with pytest.raises(TraceError) as raised:
        list(read(path, trace_format))
    assert str(raised.value).startswith(str(path))
    assert complaint in str(raised.value)
    assert "\n" not in str(raised.value)
    assert str(raised.value).partition("; ")[2]


def test_the_rows_before_a_bad_one_are_read(tmp_path: Path) -> None:
    """Reading is lazy: whoever wants all or nothing reads all first."""
    rows = read(_written(tmp_path, CSV + "x,2,0,0\n"), "csv")
    assert next(rows).prompt_tokens == 1
    with pytest.raises(TraceError):
        next(rows)


def test_files_that_cannot_be_read_say_why(tmp_path: Path) -> None:
    """A missing file, a folder, a broken archive, another encoding, another format."""
    (tmp_path / "broken.gz").write_bytes(b"not gzip at all")
    (tmp_path / "cut.gz").write_bytes(gzip.compress(MOONCAKE.encode() * 100)[:40])
    (tmp_path / "latin.csv").write_bytes(b"prompt_tokens,output_tokens,team\n1,2,k\xf6ln\n")
    for name in ("absent.csv", "", "broken.gz", "cut.gz", "latin.csv"):
        with pytest.raises(TraceError, match=r"cannot be read|not UTF-8") as raised:
            list(read(tmp_path / name, "mooncake" if name.endswith("gz") else "csv"))
        assert "\n" not in str(raised.value)
    with pytest.raises(TraceError, match="give one of azure, mooncake, csv"):
        list(read(tmp_path / "absent.csv", "parquet"))  # type: ignore[arg-type]  # what a user may type
