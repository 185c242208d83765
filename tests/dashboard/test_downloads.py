"""Tables as files: exact, typed, and without a formula."""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

import pandas as pd
import pyarrow.parquet as pq
from hypothesis import given
from hypothesis import strategies as st

from gemledger_dashboard.drawing import downloads, exact

FRAME = pd.DataFrame(
    {
        "Team": ["=cmd()", "<b>x</b>", None],
        "Cost": [Decimal("0.000000000001"), None, Decimal("-12.50")],
        "Calls": [1, 2, 3],
        "Share": [0.5, float("nan"), None],
    }
)


def test_a_csv_is_exact_and_runs_nothing() -> None:
    """Picodollars stay; what is unknown is empty, not zero; a label is no formula."""
    lines = list(csv.reader(io.StringIO(downloads.csv_of(FRAME))))
    assert lines == [
        ["Team", "Cost", "Calls", "Share"],
        ["'=cmd()", "0.000000000001", "1", "0.5"],
        ["<b>x</b>", "", "2", ""],
        ["", "-12.50", "3", ""],
    ]


def test_parquet_keeps_types_and_text_as_it_came() -> None:
    """Money is a decimal, a label is itself, what is unknown is null."""
    table = pq.read_table(io.BytesIO(downloads.parquet_of(FRAME)))
    assert str(table.schema.field("Cost").type) == "decimal128(38, 12)"
    assert table.column("Team").to_pylist() == ["=cmd()", "<b>x</b>", None]
    assert table.column("Cost").to_pylist() == [Decimal("1e-12"), None, Decimal("-12.5")]
    assert table.column("Share").to_pylist() == [0.5, None, None]


def test_a_table_without_rows_has_its_columns_in_a_file() -> None:
    """An empty answer can be downloaded, too."""
    empty = FRAME.head(0)
    assert downloads.csv_of(empty) == "Team,Cost,Calls,Share\r\n"
    assert pq.read_table(io.BytesIO(downloads.parquet_of(empty))).num_rows == 0


@given(st.lists(st.text(min_size=1), min_size=1))
def test_whatever_a_label_is_both_files_hold_it(labels: list[str]) -> None:
    """Nothing a stranger can name his team breaks a file."""
    frame = pd.DataFrame({"Team": labels})
    lines = list(csv.reader(io.StringIO(downloads.csv_of(frame), newline="")))[1:]
    assert [line[0].removeprefix("'") for line in lines] == [
        label.removeprefix("'") for label in labels
    ]
    assert (
        pq.read_table(io.BytesIO(downloads.parquet_of(frame))).column("Team").to_pylist() == labels
    )


@dataclass(frozen=True)
class Estimate:
    """As the answers about quality have them."""

    value_pico_usd: int | None
    low_pico_usd: int | None
    high_pico_usd: int | None


@dataclass(frozen=True)
class Row:
    """A row of an answer, with parts."""

    keys: Mapping[str, str | None]
    seen_at: datetime
    cost_pico_usd: int
    per_call: Estimate


def test_a_file_has_every_figure_of_an_answer() -> None:
    """Nothing is rounded: amounts are decimals, ends of an interval have columns of their own."""
    moment = datetime(2026, 11, 1, tzinfo=UTC)
    rows = [Row({"team": "search"}, moment, 1_234_567_890_123, Estimate(10, 1, None))]
    frame = exact.frame(rows)
    assert frame.to_dict("records") == [
        {
            "team": "search",
            "seen_at": moment,
            "cost_usd": Decimal("1.234567890123"),
            "per_call_usd": Decimal("0.000000000010"),
            "per_call_low_usd": Decimal("0.000000000001"),
            "per_call_high_usd": None,
        }
    ]
