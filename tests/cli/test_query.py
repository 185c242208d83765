"""`gemledger query`: one SELECT, answered as a table, JSON or CSV."""

from decimal import Decimal
from pathlib import Path

import pytest
from pyarrow import ipc, parquet
from support.processes import Asked, run_gemledger


def test_json_is_an_array_of_objects(collector: Asked) -> None:
    """Programs read objects; integers of any size stay exact."""
    sql = "SELECT 'a' AS name, 170141183460469231731687303715884105727::hugeint AS pico, NULL AS nothing"
    assert collector.query(sql) == [
        {"name": "a", "pico": 170141183460469231731687303715884105727, "nothing": None}
    ]


def test_people_get_a_table_and_spreadsheets_get_csv(collector: Asked) -> None:
    """The same answer in the two other forms."""
    table = run_gemledger("query", "SELECT 1.50::decimal(4, 2) AS usd", "--url", collector.url)
    assert table.returncode == 0
    assert [line.split() for line in table.stdout.splitlines() if line.strip(" ─")] == [
        ["usd"],
        ["1.50"],
    ]
    as_csv = run_gemledger(
        "query", "SELECT 'x,y' AS pair, 2 AS two", "--csv", "--url", collector.url
    )
    assert as_csv.stdout.splitlines() == ["pair,two", '"x,y",2']


def test_files_of_arrow_and_parquet_keep_money_exact(collector: Asked, tmp_path: Path) -> None:
    """Both can be read by anybody's tools; what was cut off is said."""
    sql = "SELECT 10000000000000000000000000::hugeint AS pico, 'a' AS name FROM range(3)"
    as_arrow, as_parquet = tmp_path / "a.arrow", tmp_path / "a.parquet"
    for option, file in (("--arrow", as_arrow), ("--parquet", as_parquet)):
        done = run_gemledger("query", sql, option, str(file), "--url", collector.url)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    rows = [{"pico": Decimal(10**25), "name": "a"}] * 3
    assert ipc.open_stream(as_arrow.read_bytes()).read_all().to_pylist() == rows
    assert parquet.read_table(as_parquet).to_pylist() == rows
    cut = ("--max-rows", "1", "--arrow", str(as_arrow), "--url", collector.url)
    assert "rows were cut off" in run_gemledger("query", sql, *cut).stderr
    nowhere = run_gemledger("query", sql, "--arrow", str(tmp_path), "--url", collector.url)
    assert nowhere.returncode == 1
    assert "cannot be written" in nowhere.stderr


def test_an_answer_that_is_cut_says_so(collector: Asked) -> None:
    """A limit that cut something is told on standard error."""
    answer = run_gemledger(
        "query", "SELECT * FROM range(5)", "--max-rows", "2", "--csv", "--url", collector.url
    )
    assert answer.stdout.splitlines() == ["range", "0", "1"]
    assert "only the first 2 rows" in answer.stderr


@pytest.mark.parametrize(
    "sql", ["DELETE FROM spans", "SELECT * FROM nowhere", "SELECT 1; SELECT 2"]
)
def test_a_statement_that_cannot_be_answered_is_one_clear_line(collector: Asked, sql: str) -> None:
    """No traceback, exit code 1, and the database's or our own reason."""
    answer = run_gemledger("query", sql, "--url", collector.url)
    assert (answer.returncode, answer.stdout) == (1, "")
    assert answer.stderr.startswith("gemledger query: ")
    assert "Traceback" not in answer.stderr


def test_without_a_collector_it_says_how_to_start_one() -> None:
    """Nothing listens: exit code 1 and the remedy."""
    answer = run_gemledger("query", "SELECT 1", "--url", "http://127.0.0.1:9")
    assert answer.returncode == 1
    assert "gemledger serve" in answer.stderr
