"""Personal data out of whatever spans say beside content; no value without end.

Of our own spans what is ours stays: figures, and the keys of attribution. What an app, a tool or a resource put beside
it is looked at like anyone's. A cheap look decides which values are worth the redactor's time, and each distinct one is
redacted once. Hosts and IP addresses stay: a trace is read to see what talked to what. Whatever is too long is cut.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from google.protobuf.message import DecodeError

from gemledger import semconv
from gemledger.redaction import Redactor
from gemledger_collector.processors.batches import Mask, mask, with_columns
from gemledger_collector.processors.dialects.translate import is_foreign
from gemledger_collector.processors.otlp_schema import message_class, read_message
from gemledger_collector.processors.redact import redacted

_WORTH_A_LOOK = (
    r"@|%40|://|PRIVATE KEY|[Pp]assword|[Ss]ecret|[Tt]oken=|\d(?:[ ().\-/]{0,3}\d){6,}|[A-Za-z0-9_\-]{20,}"
    r"|[A-Z]{2}\d\d ?[A-Z0-9]{4}"
)
_PLAINLY_NOTHING = r"^(?:[0-9a-f-]*[a-f][0-9a-f-]*|-?\d+\.\d+(?:e-?\d+)?)$"  # an id, a measurement
_NAMES = ("name", "error_type", "scope_version", "resource")
"""Texts of which many spans have the same."""
_OURS = "gemledger."
"""What the attributes begin with that we put on our own spans; who pays is a key, and stays as it is."""
_EXCHANGE = bytes((2 << 3 | 2, len(semconv.EXCHANGE_EVENT))) + semconv.EXCHANGE_EVENT.encode()
"""An event's name, field 2 of it, as protobuf writes it."""
_STAYING = frozenset({"domain", "ip_address"})
_PAIRS = pa.list_(
    pa.struct([pa.field("key", pa.string(), nullable=False), pa.field("value", pa.string())])
)
CUT = "attributes_cut"
"""Among a span's repairs: one of its values was too long."""


@dataclass(frozen=True, slots=True)
class TextRules:
    """What happens to texts that have no column: ``redactor`` for those not ours, None for none; a length for all."""

    redactor: Redactor | None = None
    max_bytes: int = 8_192

    def clean(self, text: str) -> str:
        """The text, redacted and cut."""
        if self.redactor is not None:
            text = self.redactor(text)
        return self.cut(text)

    def cut(self, text: str) -> str:
        """The text, no longer than allowed in UTF-8; what is missing is said."""
        encoded = text.encode("utf-8", "surrogatepass")
        if len(encoded) <= self.max_bytes:
            return text
        kept = encoded[: self.max_bytes].decode("utf-8", "ignore")
        return f"{kept}… [{len(encoded) - self.max_bytes} bytes cut]"


def clean_attributes(spans: pa.RecordBatch, rules: TextRules) -> pa.RecordBatch:
    """The spans with every such text clean; a batch of nothing but ours, in which none is long, comes back as it is."""
    if rules.redactor is not None:
        rules = replace(
            rules, redactor=replace(rules.redactor, keep=rules.redactor.keep | _STAYING)
        )
    foreign = is_foreign(spans)
    columns, cut = _clean_maps(spans.column("attributes"), foreign, rules)
    if rules.redactor is not None or foreign.any():
        columns |= _clean_messages(spans, foreign, rules) | _clean_names(spans, rules)
    if cut.any():
        noted = pc.if_else(
            spans.column("repairs").is_valid(),
            pc.binary_join_element_wise(spans.column("repairs").fill_null(""), CUT, ","),
            CUT,
        )
        columns["repairs"] = pc.if_else(pa.array(cut), noted, spans.column("repairs"))
    return with_columns(spans, columns) if columns else spans


def _clean_maps(
    maps: pa.MapArray, foreign: Mask, rules: TextRules
) -> tuple[dict[str, pa.Array], Mask]:
    """``attributes`` where any changes, and the rows in which a value was cut."""
    cut: Mask = np.zeros(len(maps), dtype=bool)
    if maps.null_count == len(maps):
        return {}, cut
    lists = maps.cast(_PAIRS)
    pairs = pc.list_flatten(lists)
    row = pc.list_parent_indices(lists).to_numpy(zero_copy_only=False)
    values = pc.struct_field(pairs, "value")
    too_long = mask(pc.greater(pc.binary_length(values), rules.max_bytes))
    keys = pc.struct_field(pairs, "key")
    wanted = too_long | _suspects(values, foreign[row] | ~mask(pc.starts_with(keys, _OURS)), rules)
    if not wanted.any():
        return {}, cut
    cut[row[too_long]] = True
    fresh = _replaced(values, wanted, rules.clean)
    offsets = np.concatenate([[0], np.cumsum(np.bincount(row, minlength=len(maps)))])
    empty = np.append(maps.is_null().to_numpy(zero_copy_only=False), False)
    whole = pa.MapArray.from_arrays(pa.array(offsets.astype(np.int32), mask=empty), keys, fresh)
    return {"attributes": whole}, cut


def _suspects(values: pa.Array, among: Mask, rules: TextRules) -> Mask:
    """Which of the values ``among`` those looked at are worth the redactor's time."""
    found: Mask = np.zeros(len(values), dtype=bool)
    if rules.redactor is not None and among.any():
        positions = np.flatnonzero(among)
        looked_at = values.take(pa.array(positions))
        harmless = mask(pc.match_substring_regex(looked_at, _PLAINLY_NOTHING))
        worth = mask(pc.match_substring_regex(looked_at, _WORTH_A_LOOK))
        found[positions] = worth & ~harmless
    return found


def _replaced(values: pa.Array, wanted: Mask, clean: Callable[[str], str]) -> pa.Array:
    """``values`` with those wanted made clean, each distinct one once."""
    positions = np.flatnonzero(wanted)
    distinct = values.take(pa.array(positions)).dictionary_encode()
    cleaned = pa.array([clean(text) for text in distinct.dictionary.to_pylist()], pa.string())
    index = np.arange(len(values))
    index[positions] = len(values) + distinct.indices.to_numpy()
    return pa.concat_arrays([values, cleaned]).take(pa.array(index))


def _clean_messages(spans: pa.RecordBatch, foreign: Mask, rules: TextRules) -> dict[str, pa.Array]:
    """The status, events, links and nested values of spans; few have any, and our own exchanges are no such events."""
    columns: dict[str, pa.Array] = {}
    for name, clean in (
        ("status_message", rules.clean),
        ("events", lambda events: [_clean_event(event, rules, "Event") for event in events]),
        ("links", lambda links: [_clean_event(link, rules, "Link") for link in links]),
        ("nested_attributes", lambda pairs: [(key, _clean_blob(b, rules)) for key, b in pairs]),
    ):
        values = spans.column(name)
        if values.null_count == len(values):
            continue
        told = values.is_valid().to_numpy(zero_copy_only=False)
        if name == "events":
            told &= foreign | _has_strange_events(values)
        wanted = np.flatnonzero(told)
        if len(wanted):
            columns[name] = _put(values, wanted, clean)
    return columns


def _has_strange_events(events: pa.Array) -> Mask:
    """Rows with an event that is none of our exchanges, of which a long conversation has many."""
    found: Mask = np.zeros(len(events), dtype=bool)
    row = pc.list_parent_indices(events).to_numpy(zero_copy_only=False)
    ours = mask(pc.match_substring(pc.list_flatten(events), _EXCHANGE))
    found[row[~ours]] = True
    return found


def _clean_names(spans: pa.RecordBatch, rules: TextRules) -> dict[str, pa.Array]:
    """Names, kinds of errors, versions and resources: a few distinct ones, looked at once each."""
    if rules.redactor is None:
        return {}
    columns: dict[str, pa.Array] = {}
    for name in _NAMES:
        values = spans.column(name)
        told = values.dictionary_encode()
        every: Mask = np.ones(len(told.dictionary), dtype=bool)
        suspect = _suspects(told.dictionary, every, rules)
        if suspect.any():
            index = told.indices.fill_null(0).to_numpy(zero_copy_only=False)
            wanted = suspect[index] & values.is_valid().to_numpy(zero_copy_only=False)
            columns[name] = _replaced(values, wanted, partial(redacted, redactor=rules.redactor))
    return columns


def _put(values: pa.Array, positions: Any, clean: Callable[[Any], Any]) -> pa.Array:  # noqa: ANN401 - numpy's
    cleaned = [clean(each) for each in values.take(pa.array(positions)).to_pylist()]
    index = np.arange(len(values))
    index[positions] = len(values) + np.arange(len(cleaned))
    return pa.concat_arrays([values, pa.array(cleaned, values.type)]).take(pa.array(index))


def _clean_event(encoded: bytes, rules: TextRules, kind: str) -> bytes:
    event = read_message(kind, encoded)
    if event is None:  # what nobody can read is not kept
        return b""
    for pair in event.attributes:
        try:
            _clean_value(pair.value, rules)
        except DecodeError:
            pair.value.Clear()
    clean: bytes = event.SerializeToString()
    return clean


def _clean_blob(blob: bytes, rules: TextRules) -> bytes:
    """A nested attribute: a mark, then an array, a list of pairs, or bytes."""
    value = message_class("AnyValue")()
    if blob[:1] == b"b":
        return blob[:1] + _clean_bytes(blob[1 : rules.max_bytes], rules)
    field = "array_value" if blob[:1] == b"a" else "kvlist_value"
    setattr(value, field, blob[1:])
    try:
        _clean_value(value, rules)
    except DecodeError:  # nested values are kept undecoded; what nobody can read is not kept
        return blob[:1]
    clean: bytes = getattr(value, field)
    return blob[:1] + clean


def _clean_bytes(told: bytes, rules: TextRules) -> bytes:
    """Bytes that are text are redacted as text; others say nothing to anybody, and stay."""
    try:
        text = told.decode()
    except UnicodeDecodeError:
        return told
    return rules.clean(text).encode()


def _clean_value(value: Any, rules: TextRules, depth: int = 0) -> None:  # noqa: ANN401 - made at run time
    kind = value.WhichOneof("value")
    if kind == "string_value":
        value.string_value = rules.clean(value.string_value)
    elif kind == "bytes_value":
        value.bytes_value = _clean_bytes(value.bytes_value, rules)
    elif kind in ("array_value", "kvlist_value") and depth < _DEEPEST:
        name = "ArrayValue" if kind == "array_value" else "KeyValueList"
        held = message_class(name).FromString(getattr(value, kind))
        for each in held.values:
            _clean_value(each if kind == "array_value" else each.value, rules, depth + 1)
        setattr(value, kind, held.SerializeToString())


_DEEPEST = 32
