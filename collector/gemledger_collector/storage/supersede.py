"""Calls told by several instrumentations: counted once, ours preferred, however far apart they arrive (ADR 13).

Two spans tell of one call where trace and any response id are the same and the scopes are not. A filter in memory
says of nearly every arriving id that no other scope has told it, and then nothing is asked of the store. For the rest
the store is searched around their start times, then further and further away, and in the end altogether.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from gemledger import semconv
from gemledger_collector.processors.batches import Integers, with_columns
from gemledger_collector.storage.key_filter import KeyFilter, Keys, Mask
from gemledger_collector.storage.ranges import EVERYWHERE, ranges_of
from gemledger_collector.storage.transaction import Transaction

_SECOND = 10**9
_REACHES = (60 * _SECOND, 3_600 * _SECOND, 86_400 * _SECOND)
"""How far around a call its double is looked for, nearest first; after these, everywhere."""
_MOST_SCOPES = 16
"""Scopes told apart in the filter; those beyond share the last place, and are found by looking."""
_ROWS_AT_ONCE = 1_000_000
DEFAULT_MEMORY_BYTES = 64 * 2**20
"""Of the filter: good for 20 million calls. Beyond that commits search the store in vain ever more often."""
_OURS = {"our_scope": semconv.SCOPE_NAME}
_TOLD = ["trace_id", "response_id", "scope_name", "start_time_unix_nano"]


class Doubles:
    """Finds doubled calls after each batch; free while only one instrumentation reports."""

    def __init__(self, memory_bytes: int = DEFAULT_MEMORY_BYTES) -> None:
        self._memory_bytes = memory_bytes
        self._foreign_seen: bool | None = None
        self._told: _ToldIds | None = None

    def supersede(self, transaction: Transaction, fresh: pa.RecordBatch) -> pa.Table:
        """Mark spans that ``fresh``, already inserted, doubles or is doubled by; those rows, to be taken back."""
        if len(fresh) == 0 or not self._possible(transaction, fresh):
            return pa.table({})
        ids = _response_ids(fresh)
        if len(ids) == 0:
            return pa.table({})
        if self._told is None:
            self._told = _ToldIds(self._memory_bytes)
            self._told.learn_all(transaction)
        doubled = _doubled(transaction, self._told.told_by_others(transaction, ids))
        return _marked(transaction, doubled) if len(doubled) else pa.table({})

    def _possible(self, transaction: Transaction, fresh: pa.RecordBatch) -> bool:
        if not self._foreign_seen:
            self._foreign_seen = _has_foreign_call(fresh) or self._was_seen_before(transaction)
        return self._foreign_seen

    def _was_seen_before(self, transaction: Transaction) -> bool:
        if self._foreign_seen is False:  # asked once: after that we watch what arrives
            return False
        found = transaction.query("foreign_calls_exist", _OURS)
        return bool(found["found"][0].as_py())


class _ToldIds:
    """Which scope told which response id of which trace: never forgets, seldom errs.

    Ids of a transaction that is rolled back stay: they cost a search, no more.
    """

    def __init__(self, memory_bytes: int) -> None:
        self._filter = KeyFilter(memory_bytes)
        self._scopes: dict[str | None, int] = {semconv.SCOPE_NAME: 0}

    def learn_all(self, transaction: Transaction) -> None:
        """Read what the store has: about 0.4 s for a million calls, once in a process."""
        end = transaction.query("last_rowid")["last"][0].as_py()
        for first in range(0, 0 if end is None else end + 1, _ROWS_AT_ONCE):
            rows = {"first_row": first, "last_row": first + _ROWS_AT_ONCE - 1}
            told = transaction.query("told_ids", rows)
            self._filter.add(_salted(_keys(told), self._places(told["scope_name"])))

    def told_by_others(self, transaction: Transaction, ids: pa.Table) -> pa.Table:
        """Those of the arriving ids that another scope told in the same batch, or may have ``told_before``."""
        with transaction.bound("arriving_ids", ids):
            ids = transaction.query("keys_of_ids")
        keys = _keys(ids)
        own = self._places(ids["scope_name"])
        before: Mask = np.zeros(len(ids), dtype=bool)
        for place in range(min(len(self._scopes), _MOST_SCOPES)):
            others = np.flatnonzero((own != place) | (own == _MOST_SCOPES - 1))
            theirs = np.full(len(others), place)
            before[others] |= self._filter.may_hold(_salted(keys[others], theirs))
        self._filter.add(_salted(keys, own))
        suspects = before | _told_together(keys, own)
        return ids.append_column("told_before", pa.array(before)).filter(pa.array(suspects))

    def _places(self, scopes: pa.ChunkedArray) -> Integers:
        """A small number for each row's scope."""
        encoded = scopes.combine_chunks().dictionary_encode()
        names = [*encoded.dictionary.to_pylist(), None]
        places = [self._scopes.setdefault(name, len(self._scopes)) for name in names]
        index = encoded.indices.fill_null(len(names) - 1).to_numpy(zero_copy_only=False)
        chosen: Integers = np.minimum(np.array(places), _MOST_SCOPES - 1)[index]
        return chosen


def _keys(table: pa.Table) -> Keys:
    keys: Keys = table["key"].to_numpy()
    return keys


def _salted(keys: Keys, places: Integers) -> Keys:
    salted: Keys = keys ^ (
        (places.astype(np.uint64) + np.uint64(1)) * np.uint64(0xD6E8FEB86659FD93)
    )
    return salted


def _told_together(keys: Keys, places: Integers) -> Mask:
    """Which ids several scopes tell in this batch."""
    together: Mask = np.zeros(len(keys), dtype=bool)
    order = np.argsort(keys, kind="stable")
    ordered, scopes = keys[order], places[order]
    same = ordered[1:] == ordered[:-1]
    if not same.any():  # nearly always
        return together
    # Scopes in the shared place cannot be told apart here; the store can.
    several = same & ((scopes[1:] != scopes[:-1]) | (scopes[1:] == _MOST_SCOPES - 1))
    together |= np.isin(keys, ordered[1:][several])
    return together


def _doubled(transaction: Transaction, suspects: pa.Table) -> pa.Table:
    """Counting spans that tell of a call another one counts for, with that one's id and start."""
    found = [pa.table({})]
    for reach_nano in (*_REACHES, None):
        for around in _searches(suspects, reach_nano):
            with transaction.bound("suspects", suspects):
                told = transaction.query("calls_told_twice", {**around, **_OURS})
            if reach_nano is not None:
                told = told.filter(told["complete"])
            found.append(told.filter(told["doubled"]))
            known = pc.is_in(suspects["key"], value_set=told["key"].combine_chunks())
            suspects = suspects.filter(pc.invert(known))
    return pa.concat_tables(found[1:]) if len(found) > 1 else found[0]


def _searches(suspects: pa.Table, reach_nano: int | None) -> Sequence[Mapping[str, object]]:
    """The ranges in which to look for the suspects."""
    if len(suspects) == 0:
        return []
    if reach_nano is None:
        return [EVERYWHERE.parameters]
    return [around.parameters for around in ranges_of(suspects["start_time_unix_nano"], reach_nano)]


def _marked(transaction: Transaction, doubled: pa.Table) -> pa.Table:
    """The doubled spans as they were counted; marks them in the store."""
    counted = []
    starts = doubled["start_time_unix_nano"]
    for within in ranges_of(starts):
        with transaction.bound("doubled", doubled.filter(within.rows(starts))):
            counted.append(transaction.query("spans_to_take_back", within.parameters))
            transaction.execute("supersede_spans", within.parameters)
            transaction.execute("drop_doubled_contents", within.parameters)
    return pa.concat_tables(counted)


def _has_foreign_call(spans: pa.RecordBatch) -> bool:
    ours = pc.equal(spans.column("scope_name"), semconv.SCOPE_NAME).fill_null(False)
    foreign = pc.and_(pc.invert(ours), spans.column("cost_status").is_valid())
    return bool(pc.any(foreign).as_py())


def _response_ids(spans: pa.RecordBatch) -> pa.Table:
    """Trace, response id, scope and start of every exchange of the arriving calls."""
    single = pc.and_(
        spans.column("cost_status").is_valid(), spans.column("unsampled_calls").is_null()
    )
    calls = spans.select([*_TOLD, "other_response_ids"]).filter(single)
    lists = calls.column("other_response_ids")
    own = calls.select(_TOLD)
    others = calls.select(_TOLD).take(pc.list_parent_indices(lists))
    others = with_columns(others, {"response_id": pc.list_flatten(lists)})
    every = pa.Table.from_batches([own, others])
    return every.filter(every["response_id"].is_valid())
