"""What can be asked and done inside a ``with`` of the store: a snapshot reads, a transaction writes as well."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import duckdb
import pyarrow as pa

from gemledger_collector.storage.journal import Appended, Executed, Step
from gemledger_collector.storage.statements import statement

Parameters = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Change:
    """Rows of ``spans`` that the ledger took, or took back where ``sign`` is -1."""

    rows: pa.Table
    sign: int


class Snapshot:
    """What the store held when the block began. Valid inside the ``with`` only."""

    def __init__(self, cursor: duckdb.DuckDBPyConnection) -> None:
        self._cursor = cursor

    def query(self, name: str, parameters: Parameters | None = None) -> pa.Table:
        """Rows of ``queries/NAME.sql``. Every ``$name`` in it must be given, and no others."""
        # sql() rather than execute(): in DuckDB 2.0 Arrow out of execute() copies every row, and warns.
        relation = self._cursor.sql(statement(name), params=dict(parameters or {}))
        return relation.to_arrow_table()

    def rows(self, name: str, parameters: Parameters | None = None) -> list[tuple[object, ...]]:
        """The same for a few rows, as Python values: half the cost where planning costs more than answering."""
        found = self._cursor.execute(statement(name), dict(parameters or {})).fetchall()
        return [tuple(row) for row in found]

    def records(self, name: str, parameters: Parameters | None = None) -> list[dict[str, Any]]:
        """As ``rows``, each by the names of its columns."""
        found = self.rows(name, parameters)
        names = [str(column[0]) for column in self._cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in found]


class Transaction(Snapshot):
    """Everything done through it is committed together, or not at all.

    ``spans_kept_from_unix_nano`` is the mark of retention: what starts before it may have been deleted. ``steps`` is
    what was done, while somebody keeps a journal: nothing else may write. ``changes`` is what the ledger took, while
    somebody listens.
    """

    def __init__(
        self,
        cursor: duckdb.DuckDBPyConnection,
        spans_kept_from_unix_nano: int | None = None,
        steps: list[Step] | None = None,
    ) -> None:
        super().__init__(cursor)
        self.spans_kept_from_unix_nano = spans_kept_from_unix_nano
        self.steps = steps
        self.changes: list[Change] | None = None
        self.adds_to_ledger = False
        self._bound: dict[str, pa.Table] = {}

    def execute(self, name: str, parameters: Parameters | None = None) -> None:
        """Run ``queries/NAME.sql`` for its effect."""
        self._cursor.execute(statement(name), dict(parameters or {})).fetchall()
        if self.steps is not None:
            self.steps.append(Executed(name, dict(parameters or {}), dict(self._bound)))

    def append(self, table: str, rows: pa.Table) -> None:
        """Insert Arrow rows into ``table``, columns matched by name; absent columns become null."""
        if len(rows) == 0:
            return
        # The name is taken over by what is appended next and ends with the cursor: to unregister it costs 0.3 ms.
        self._cursor.register("appended_rows", rows)
        insert = f'insert into "{table}" by name select * from appended_rows'  # noqa: S608 - our code names the table
        self._cursor.execute(insert).fetchall()
        self.adds_to_ledger |= table == "ledger"
        if self.steps is not None:
            self.steps.append(Appended(table, rows))

    def repeat(self, steps: Sequence[Step]) -> None:
        """Do what another transaction did."""
        for step in steps:
            if isinstance(step, Appended):
                self.append(step.table, step.rows)
            else:
                with ExitStack() as bound:
                    for name, rows in step.bound.items():
                        bound.enter_context(self.bound(name, rows))
                    self.execute(step.name, step.parameters)

    @contextmanager
    def bound(self, name: str, rows: pa.Table) -> Iterator[None]:
        """Let statements inside the block read Arrow ``rows`` as table ``name``."""
        self._cursor.register(name, rows)
        self._bound[name] = rows
        yield
        del self._bound[name]
        # Not after an error: the transaction is aborted then, and the name ends with its cursor.
        self._cursor.unregister(name)
