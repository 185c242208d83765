"""The columns of the table ``contents``: what was said, and what is known of the call without looking elsewhere."""

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
