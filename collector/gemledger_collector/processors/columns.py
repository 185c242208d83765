"""Which attribute goes into which column of ``spans``: one table, read by decode, tests and documentation."""

from dataclasses import dataclass
from enum import StrEnum

import pyarrow as pa

from gemledger import semconv


class Kind(StrEnum):
    """What an attribute's value must be to go into its column; any other value stays in the map."""

    TEXT = "text"
    INTEGER = "integer"
    REAL = "real"
    FLAG = "flag"
    WORDS = "words"  # an array of strings or integers, joined by commas


ARROW_TYPE = {
    Kind.TEXT: pa.string(),
    Kind.INTEGER: pa.int64(),
    Kind.REAL: pa.float64(),
    Kind.FLAG: pa.bool_(),
    Kind.WORDS: pa.string(),
}


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the wide batch and the attribute it is filled from."""

    name: str
    attribute: str
    kind: Kind = Kind.TEXT


def _integers(**attributes: str) -> tuple[Column, ...]:
    return tuple(Column(name, key, Kind.INTEGER) for name, key in attributes.items())


_MODALITY_COLUMNS = tuple(
    Column(f"{modality}_{suffix}", semconv.modality_tokens(modality, direction), Kind.INTEGER)
    for modality in semconv.MODALITIES
    for suffix, direction in (
        ("input_tokens", "input_tokens"),
        ("output_tokens", "output_tokens"),
        ("cache_read_tokens", "cache_read.input_tokens"),
    )
)

_QUANTITY_COLUMNS = _integers(
    grounding_queries=semconv.GROUNDING_QUERIES,
    grounded_prompts=semconv.GROUNDED_PROMPTS,
    maps_queries=semconv.MAPS_QUERIES,
    enterprise_prompts=semconv.ENTERPRISE_PROMPTS,
    images=semconv.IMAGES,
    video_seconds=semconv.VIDEO_SECONDS,
    audio_seconds=semconv.AUDIO_SECONDS,
    songs=semconv.SONGS,
)
QUANTITIES = frozenset(column.name for column in _QUANTITY_COLUMNS)
"""What is billed and is no token."""

USAGE_COLUMNS = (
    *_integers(
        input_tokens=semconv.INPUT_TOKENS,
        output_tokens=semconv.OUTPUT_TOKENS,
        cache_read_tokens=semconv.CACHE_READ_INPUT_TOKENS,
        thoughts_tokens=semconv.REASONING_OUTPUT_TOKENS,
        tool_use_tokens=semconv.TOOL_USE_INPUT_TOKENS,
        total_tokens=semconv.TOTAL_TOKENS,
    ),
    *_MODALITY_COLUMNS,
    *_QUANTITY_COLUMNS,
)
"""Counts of what is billed: on the span, and on each exchange of a call that has several."""

RESOLUTION = Column("resolution", semconv.RESOLUTION)
"""Of images and video; their rates depend on it."""

UNSAMPLED_COLUMNS = (
    Column("unsampled_calls", semconv.UNSAMPLED_CALLS, Kind.INTEGER),
    Column("unsampled_errors", semconv.UNSAMPLED_ERRORS, Kind.INTEGER),
    Column("unsampled_long_context", semconv.UNSAMPLED_LONG_CONTEXT, Kind.FLAG),
)
"""On a span that stands for the sum of calls a sampler left out, and on no other."""

APP_COST_COLUMNS = (
    Column("app_cost_pico_usd", semconv.COST_PICO_USD, Kind.INTEGER),
    Column("app_cost_upper_pico_usd", semconv.COST_UPPER_PICO_USD, Kind.INTEGER),
    Column("app_cost_usd", semconv.COST_AMOUNT, Kind.REAL),
    Column("app_cost_currency", semconv.COST_CURRENCY),
    Column("app_cost_status", semconv.COST_STATUS),
    Column("app_cost_reasons", semconv.COST_REASONS, Kind.WORDS),
    *(
        Column(f"app_{line}_pico_usd", semconv.cost_line(line), Kind.INTEGER)
        for line in semconv.COST_LINES
    ),
    Column("app_price_book", semconv.PRICE_BOOK),
    Column("app_price_row", semconv.PRICE_ROW, Kind.WORDS),
)

SERVED_COLUMNS = (
    Column("platform", semconv.PLATFORM),
    Column("region", semconv.CLOUD_REGION),
    Column("service_tier", semconv.SERVICE_TIER),
    Column("traffic_type", semconv.TRAFFIC_TYPE),
    Column("account_project", semconv.ACCOUNT_PROJECT),
    Column("account_location", semconv.ACCOUNT_LOCATION),
    Column("account_key_digest", semconv.ACCOUNT_KEY_DIGEST),
)

ATTRIBUTION_COLUMNS = (
    Column("team", semconv.ATTRIBUTION_TEAM),
    Column("feature", semconv.ATTRIBUTION_FEATURE),
    Column("user_id", semconv.ATTRIBUTION_USER_ID),
    Column("environment", semconv.ATTRIBUTION_ENVIRONMENT),
    Column("prompt_version", semconv.ATTRIBUTION_PROMPT_VERSION),
    Column("purpose", semconv.PURPOSE),
)

CONTENT_COLUMNS = (
    Column("input_messages", semconv.INPUT_MESSAGES),
    Column("output_messages", semconv.OUTPUT_MESSAGES),
    Column("system_instructions", semconv.SYSTEM_INSTRUCTIONS),
    Column("tool_definitions", semconv.TOOL_DEFINITIONS),
)
"""Captured prompts and answers: they go into ``contents``, never into ``spans``."""

SPAN_COLUMNS = (
    Column("operation", semconv.OPERATION_NAME),
    Column("provider", semconv.PROVIDER_NAME),
    Column("request_model", semconv.REQUEST_MODEL),
    Column("response_model", semconv.RESPONSE_MODEL),
    Column("response_id", semconv.RESPONSE_ID),
    Column("finish_reasons", semconv.RESPONSE_FINISH_REASONS, Kind.WORDS),
    Column("conversation_id", semconv.CONVERSATION_ID),
    Column("server_address", semconv.SERVER_ADDRESS),
    Column("server_port", semconv.SERVER_PORT, Kind.INTEGER),
    Column("error_type", semconv.ERROR_TYPE),
    Column("request_stream", semconv.REQUEST_STREAM, Kind.FLAG),
    Column("request_temperature", semconv.REQUEST_TEMPERATURE, Kind.REAL),
    Column("request_top_p", semconv.REQUEST_TOP_P, Kind.REAL),
    Column("request_top_k", semconv.REQUEST_TOP_K, Kind.INTEGER),
    Column("request_max_tokens", semconv.REQUEST_MAX_TOKENS, Kind.INTEGER),
    Column("request_seed", semconv.REQUEST_SEED, Kind.INTEGER),
    Column("request_choice_count", semconv.REQUEST_CHOICE_COUNT, Kind.INTEGER),
    Column("time_to_first_chunk_seconds", semconv.TIME_TO_FIRST_CHUNK_SECONDS, Kind.REAL),
    *USAGE_COLUMNS,
    RESOLUTION,
    *APP_COST_COLUMNS,
    *SERVED_COLUMNS,
    Column("exchanges", semconv.EXCHANGES, Kind.INTEGER),
    Column("attempts", semconv.ATTEMPTS, Kind.INTEGER),
    Column("retry_statuses", semconv.RETRY_STATUSES, Kind.WORDS),
    Column("stream_state", semconv.STREAM_STATE),
    Column("stream_chunks", semconv.STREAM_CHUNKS, Kind.INTEGER),
    Column("stream_max_gap_seconds", semconv.STREAM_MAX_GAP_SECONDS, Kind.REAL),
    Column("prompt_block_reason", semconv.PROMPT_BLOCK_REASON),
    Column("cache_name", semconv.CACHE_NAME),
    Column("job_name", semconv.JOB_NAME),
    Column("settlement_id", semconv.SETTLEMENT_ID),
    Column("error_kind", semconv.ERROR_KIND),
    Column("avg_logprobs", semconv.RESPONSE_AVG_LOGPROBS, Kind.REAL),
    Column("capture_rate", semconv.CONTENT_SAMPLE_RATE, Kind.REAL),
    *UNSAMPLED_COLUMNS,
    *ATTRIBUTION_COLUMNS,
    *CONTENT_COLUMNS,
)

INHERITED_COLUMNS = (*SERVED_COLUMNS, *ATTRIBUTION_COLUMNS)
"""What a span takes from its resource where it does not say itself."""

RESOURCE_COLUMNS = (Column("service_name", semconv.SERVICE_NAME), *INHERITED_COLUMNS)

EXCHANGE_COLUMNS = (
    Column("response_id", semconv.RESPONSE_ID),
    Column("response_model", semconv.RESPONSE_MODEL),
    Column("service_tier", semconv.SERVICE_TIER),
    Column("app_cost_reasons", semconv.COST_REASONS, Kind.WORDS),
    *USAGE_COLUMNS,
    RESOLUTION,
)
"""What an exchange says of itself; the rest is its call's."""
