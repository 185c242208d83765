"""Taking rows away: the bill in FOCUS, charges as they are, a day at a time, and on where it stopped."""

import csv
import json
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from support.collector import RunningCollector, config_for
from support.otlp import NOON, SECOND, call, call_attributes, payload
from support.processes import run_gemledger

from gemledger_cli.collector_http import http_client
from gemledger_cli.exporting.fetching import pieces
from gemledger_cli.exporting.parts import Parts
from gemledger_cli.exporting.wanted import Wanted

DAY = 86_400 * SECOND
CALLS = 12


@pytest.fixture
def collector(tmp_path: Path) -> Iterator[RunningCollector]:
    """A collector with calls on three days; every third has a label."""
    with RunningCollector(config_for(tmp_path / "store.duckdb")) as running:
        labelled = {**call_attributes(), "gemledger.label.tenant": "acme"}
        spans = [
            call(
                number,
                start=NOON + number % 3 * DAY,
                attributes=labelled if number % 3 == 0 else None,
            )
            for number in range(CALLS)
        ]
        assert running.send(payload(spans)).status_code == 200
        yield running


def export(
    collector: RunningCollector, output: Path, *arguments: str, dataset: str = "focus"
) -> list[dict[str, str]]:
    """Export 1 to 3 November; the rows of the CSV."""
    answer = run_gemledger(
        *("export", dataset, "--from", "2026-11-01", "--to", "2026-11-04"),
        *("--output", str(output), "--url", collector.url, *arguments),
    )
    assert answer.returncode == 0, answer.stderr
    with output.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_the_bill_in_focus_sums_to_the_pico(collector: RunningCollector, tmp_path: Path) -> None:
    """Every day, SKU and payer is a row, costs sum to the bill, tokens are the consumed unit."""
    rows = export(collector, tmp_path / "bill.csv")
    [[pico]] = collector.select("select sum(cost_pico_usd)::varchar from charges")
    assert sum(Decimal(row["BilledCost"]) for row in rows) == Decimal(pico) * Decimal("1e-12")
    assert sum(int(row["x_PicoUsd"]) for row in rows) == int(pico)
    assert sum(int(row["x_Calls"] or 0) for row in rows) == CALLS
    first = rows[0]
    assert (first["ConsumedQuantity"], first["ConsumedUnit"]) == ("4000.000000", "Tokens")
    assert first["ListUnitPrice"] == "0.000000300000000000"
    assert first["ChargePeriodStart"] == "2026-11-01T00:00:00Z"
    assert first["BillingPeriodEnd"] == "2026-12-01T00:00:00Z"
    assert (first["x_CostStatus"], json.loads(first["Tags"])) == ("exact", {"team": "search"})


def test_days_are_those_of_the_zone(collector: RunningCollector, tmp_path: Path) -> None:
    """In Berlin a day of November begins at 23:00 UTC."""
    rows = export(collector, tmp_path / "bill.csv", "--timezone", "Europe/Berlin")
    assert rows[0]["ChargePeriodStart"] == "2026-10-31T23:00:00Z"
    assert rows[0]["BillingPeriodStart"] == "2026-10-31T23:00:00Z"


def test_an_unpriced_call_is_a_row_that_says_so(
    collector: RunningCollector, tmp_path: Path
) -> None:
    """The format wants a cost; the status says that this one is unknown."""
    unknown = call_attributes(request_model="gemini-99", response_model="gemini-99")
    collector.send(payload([call(99, attributes=unknown)]))
    rows = [
        row for row in export(collector, tmp_path / "bill.csv") if row["x_Model"] == "gemini-99"
    ]
    assert {row["x_CostStatus"] for row in rows} == {"unpriced"}
    assert {Decimal(row["BilledCost"]) for row in rows} == {0}
    assert sum(Decimal(row["ConsumedQuantity"]) for row in rows) == 1100


def test_charges_are_taken_as_they_are(collector: RunningCollector, tmp_path: Path) -> None:
    """Parquet has the columns of the view, exact money and ids included."""
    output = tmp_path / "charges.parquet"
    answer = run_gemledger(
        *("export", "charges", "--from", "2026-11-01", "--to", "2026-11-04", "--json"),
        *("--output", str(output), "--url", collector.url),
    )
    assert json.loads(answer.stdout)["rows"] == CALLS
    table = pq.read_table(output)
    wanted = collector.select("select span_id, cost_usd from charges order by start_time, span_id")
    taken = [[row["span_id"], str(row["cost_usd"])] for row in table.to_pylist()]
    assert sorted(taken) == sorted(wanted)


@pytest.mark.parametrize("dataset", ["focus", "charges"])
def test_a_label_narrows_the_rows(
    collector: RunningCollector, tmp_path: Path, dataset: str
) -> None:
    """Free labels are in the charges, and the bill can be cut by them."""
    rows = export(collector, tmp_path / "x.csv", "--label", "tenant=acme", dataset=dataset)
    calls = sum(int(row["x_Calls"] or 0) for row in rows) if dataset == "focus" else len(rows)
    assert calls == CALLS // 3


def test_pieces_of_any_size_are_the_whole(collector: RunningCollector) -> None:
    """What follows a piece begins right behind it, whatever starts at the same moment."""
    since = {"since": "2026-11-01T00:00:00Z", "until": "2026-11-04T00:00:00Z"}
    for dataset in ("charges", "calls", "ledger"):
        whole = _pieces(collector, dataset, {**since, "limit": "200000"})
        for limit in (1, 5):
            assert _pieces(collector, dataset, {**since, "limit": str(limit)}) == whole


def _pieces(collector: RunningCollector, dataset: str, parameters: dict[str, str]) -> list[object]:
    rows: list[object] = []
    while True:
        answer = collector.http.get(f"/api/v1/export/{dataset}", params=parameters)
        assert answer.status_code == 200, answer.text
        rows += pa.ipc.open_stream(answer.content).read_all().to_pylist()
        if "Gemledger-Next" not in answer.headers:
            return rows
        parameters = {**parameters, "after": answer.headers["Gemledger-Next"]}


def test_an_export_that_broke_off_goes_on_where_it_was(
    collector: RunningCollector, tmp_path: Path
) -> None:
    """Days that are there are not fetched again; parts of another export are not touched."""
    output = tmp_path / "bill.csv"
    whole = export(collector, output)
    output.unlink()
    parts = tmp_path / "bill.csv.parts"
    broken = run_gemledger(
        *("export", "focus", "--from", "2026-11-01", "--to", "2026-11-04"),
        *("--output", str(output), "--url", "http://127.0.0.1:9"),
    )
    assert (broken.returncode, output.exists(), parts.exists()) == (1, False, True)
    assert "run the same command again" in broken.stderr

    other = run_gemledger(
        *("export", "focus", "--from", "2026-11-02", "--to", "2026-11-04"),
        *("--output", str(output), "--url", collector.url),
    )
    assert other.returncode == 2
    assert "parts of another export" in other.stderr
    assert export(collector, output) == whole
    assert not parts.exists()


def test_days_that_are_there_are_not_fetched_again(
    collector: RunningCollector, tmp_path: Path
) -> None:
    """Of three days one is missing: one is asked for."""
    output = tmp_path / "bill.csv"
    wanted = Wanted("focus", date(2026, 11, 1), date(2026, 11, 4), "UTC", output, filters=())
    parts = Parts.of(wanted)
    with http_client(collector.url) as http:
        for day in list(wanted.days())[:2]:
            with parts.writing(day) as writer:
                for rows in pieces(http, wanted, day):
                    writer.write(rows)
    asked = "select count(*) from audit where action = 'export'"
    assert collector.select(asked) == [[2]]
    assert len(export(collector, output)) == 6
    assert collector.select(asked) == [[3]]


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("--from", "2026-11-02", "--to", "2026-11-02"), "--to is not after --from"),
        (("--output", "bill.xlsx"), "neither .parquet nor .csv"),
        (("--timezone", "Mars/Olympus"), "no time zone"),
        (("--from", "yesterday"), "is no date"),
    ],
)
def test_arguments_that_make_no_export_are_told(
    tmp_path: Path, arguments: tuple[str, ...], problem: str
) -> None:
    """Nothing is fetched, and the message says what to change."""
    usual = ("--from", "2026-11-01", "--to", "2026-11-02", "--output", str(tmp_path / "x.csv"))
    answer = run_gemledger("export", "focus", *usual, *arguments)
    assert answer.returncode == 2
    assert problem in answer.stderr
    assert not list(tmp_path.iterdir())


def test_what_is_wrong_with_a_piece_is_told(collector: RunningCollector) -> None:
    """A label where there is none, a range that is empty, a slot cut in two, a position that is none."""
    day = {"since": "2026-11-01T00:00:00Z", "until": "2026-11-02T00:00:00Z"}
    for dataset, parameters, problem in (
        ("ledger", {**day, "label": "a=b"}, "no free labels"),
        ("focus", {**day, "until": "2026-11-04T00:00:00Z"}, "one day at a time"),
        ("ledger", {**day, "until": "2026-11-02T00:00:01Z"}, "slots of 15 minutes"),
        ("calls", {**day, "after": "9999999999999999999-1"}, "Gemledger-Next"),
        ("calls", {**day, "until": day["since"]}, "not after since"),
        ("calls", {**day, "colour": "red"}, "colour"),
    ):
        answer = collector.http.get(f"/api/v1/export/{dataset}", params=parameters)
        assert answer.status_code == 400, answer.text
        assert problem in answer.json()["error"]["message"]
