"""The columns of the table ``contents``: what was said, and what is known of the call without looking elsewhere."""

from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from gemledger.sampling import unit_position
from gemledger_collector.processors.columns import CONTENT_COLUMNS

CONTENT = tuple(column.name for column in CONTENT_COLUMNS)
"""What was said."""

CONTENT_FACTS = (
    "trace_id",
    "span_id",
    "start_time_unix_nano",
    "response_id",
    "conversation_id",
    "service_name",
    "team",
    "feature",
    "environment",
    "prompt_version",
    "purpose",
)
"""By whom, and when; beside these stands ``model``."""

ANSWER_FACTS = ("finish_reasons", "avg_logprobs", "cost_pico_usd")
"""What boosts of the judge look at, named as in ``spans``; beside these stands ``answer_tokens``."""


def answer_facts(spans: pa.RecordBatch) -> dict[str, pa.Array]:
    """How the answers of some spans came out, without the columns in which nothing stands."""
    thoughts = spans.column("thoughts_tokens").fill_null(0)
    facts = {name: spans.column(name) for name in ANSWER_FACTS}
    facts["answer_tokens"] = pc.subtract(spans.column("output_tokens"), thoughts)
    return {name: values for name, values in facts.items() if values.null_count < len(values)}


def sampling_facts(spans: pa.RecordBatch) -> dict[str, pa.Array]:
    """What decides whether the judge sees an answer: where it lies, and how many were captured."""
    facts = {
        "answered": spans.column("output_messages").is_valid(),
        "capture_rate": spans.column("capture_rate"),
        "trace_position": _positions(spans.column("trace_id"), bytes.hex),
        "conversation_position": _positions(spans.column("conversation_id"), str),
    }
    return {name: values for name, values in facts.items() if values.null_count < len(values)}


def _positions(keys: pa.Array, key_of: Callable[[Any], str]) -> pa.Array:
    """The position of each key; hashed in Python, which for what is captured takes 2 µs of a row's 100."""
    found = [None if key is None else unit_position(key_of(key)) for key in keys.to_pylist()]
    return pa.array(found, pa.float64())
