"""Who pays for a settlement: whoever submitted its job, on that day, not whoever fetched the results.

The settlement and the call that made the job may arrive in either order, by any process. A settlement that is first is
billed to whoever told of it; when the call comes its line in the ledger is taken back, and added anew.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from gemledger import semconv
from gemledger_collector.processors.batches import with_columns
from gemledger_collector.storage.jobs import PAYER, is_submission
from gemledger_collector.storage.ledger import add_to_ledger
from gemledger_collector.storage.transaction import Transaction

LATER_NANO = 600 * 10**9
"""A settlement that begins so much later than the call that made its job was told by somebody who did not know when
the job was submitted, and begins with that call instead. Within, Google's clock is believed."""

Span = dict[str, Any]


def with_payers(transaction: Transaction, spans: pa.RecordBatch) -> pa.RecordBatch:
    """Arriving spans, settlements among them charged to whoever submitted their job, as far as the store knows."""
    is_settlement = pc.equal(spans.column("name"), semconv.SETTLEMENT_SPAN).fill_null(False)
    positions = np.flatnonzero(
        pc.and_(is_settlement, spans.column("job_name").is_valid()).to_numpy(zero_copy_only=False)
    )
    submitters = _submitters(transaction, spans.column("job_name").take(pa.array(positions)))
    if not submitters:
        return spans
    changed = ["start_time_unix_nano", "duration_nano", "attributes", *PAYER]
    rows: list[Span] = spans.select(["job_name", *changed]).take(pa.array(positions)).to_pylist()
    charged = [_charged(row, submitters.get(row["job_name"])) for row in rows]
    columns = {
        name: _replaced(spans.column(name), positions, [row[name] for row in charged])
        for name in changed
    }
    return with_columns(spans, columns)


def charge_submitters(transaction: Transaction, spans: pa.RecordBatch) -> None:
    """Settlements in the store whose job's submission arrived with ``spans`` are charged to whoever that was."""
    charge_jobs(transaction, spans.column("job_name").filter(is_submission(spans)).unique())


def charge_jobs(transaction: Transaction, jobs: pa.Array) -> None:
    """Settlements in the store of these jobs are charged to whoever submitted the job, where they are not yet."""
    if len(jobs) == 0:
        return
    with transaction.bound("arriving_jobs", pa.table({"job_name": jobs})):
        around = transaction.query("settled_between").to_pylist()[0]
        if around["first_start"] is None:  # nearly always: a job is submitted before it settles
            return
        constants = {"later_nano": LATER_NANO, "settlement_span": semconv.SETTLEMENT_SPAN}
        moves = transaction.query("settlements_to_charge", around | constants)
    if len(moves) == 0:
        return
    with transaction.bound("moves", moves):
        add_to_ledger(transaction, transaction.query("settlements_before", around), sign=-1)
        transaction.execute("charge_settlements", around)
        add_to_ledger(transaction, transaction.query("settlements_after", around), sign=1)


def _submitters(transaction: Transaction, jobs: pa.Array) -> Mapping[str, Span]:
    if len(jobs) == 0:
        return {}
    with transaction.bound("arriving_jobs", pa.table({"job_name": jobs.unique()})):
        found = transaction.query("job_submitters").to_pylist()
    return {row["job_name"]: row for row in found}


def _charged(settlement: Span, submitter: Span | None) -> Span:
    if submitter is None:
        return settlement
    charged = settlement | {name: submitter[name] for name in PAYER}
    charged["attributes"] = list(
        (dict(settlement["attributes"] or ()) | dict(submitter["labels"] or ())).items()
    )
    late = settlement["start_time_unix_nano"] - submitter["at_unix_nano"]
    if late > LATER_NANO:
        charged["start_time_unix_nano"] -= late
        charged["duration_nano"] = (settlement["duration_nano"] or 0) + late
    return charged


def _replaced(column: pa.Array, positions: np.ndarray, values: list[Any]) -> pa.Array:
    """The column with other values at these positions, whatever its type."""
    indices = np.arange(len(column))
    indices[positions] = len(column) + np.arange(len(positions))
    return pa.concat_arrays([column, pa.array(values, column.type)]).take(pa.array(indices))
