-- Spans, what they cost, and the ledger that sums them.
-- Ids are UUID and UBIGINT, times integers, money integer picoUSD (1e-12 USD).

create table spans (
    trace_id uuid not null,
    span_id ubigint not null,
    parent_span_id ubigint,
    start_time_unix_nano bigint not null,
    duration_nano bigint,                  -- null where the sender's clock ran backwards
    name varchar,
    kind utinyint,
    status_code utinyint,
    status_message varchar,
    trace_state varchar,
    resource varchar,                      -- JSON: what the resource says beside the columns below
    service_name varchar,
    scope_name varchar,
    scope_version varchar,

    operation varchar,
    provider varchar,
    request_model varchar,
    response_model varchar,
    response_id varchar,
    other_response_ids varchar[],          -- of the exchanges of a call that has several
    finish_reasons varchar,                -- one a candidate, joined by commas
    conversation_id varchar,
    server_address varchar,
    server_port bigint,
    error_type varchar,
    request_stream boolean,
    request_temperature double,
    request_top_p double,
    request_top_k bigint,
    request_max_tokens bigint,
    request_seed bigint,
    request_choice_count bigint,
    time_to_first_chunk_seconds double,

    -- As on the wire: input includes cache_read and tool_use, output includes thoughts.
    input_tokens bigint,
    output_tokens bigint,
    cache_read_tokens bigint,
    thoughts_tokens bigint,
    tool_use_tokens bigint,
    total_tokens bigint,
    text_input_tokens bigint,
    text_output_tokens bigint,
    text_cache_read_tokens bigint,
    image_input_tokens bigint,
    image_output_tokens bigint,
    image_cache_read_tokens bigint,
    audio_input_tokens bigint,
    audio_output_tokens bigint,
    audio_cache_read_tokens bigint,
    video_input_tokens bigint,
    video_output_tokens bigint,
    video_cache_read_tokens bigint,
    document_input_tokens bigint,
    document_output_tokens bigint,
    document_cache_read_tokens bigint,
    grounding_queries bigint,
    grounded_prompts bigint,
    maps_queries bigint,

    -- The bill: the collector's own price.
    cost_pico_usd bigint,
    input_pico_usd bigint,
    cache_read_pico_usd bigint,
    tool_use_pico_usd bigint,
    output_pico_usd bigint,
    thoughts_pico_usd bigint,
    cost_status varchar,                   -- null: not a call that is billed
    cost_reasons varchar,
    price_book varchar,
    price_row varchar,
    long_context boolean,

    -- What the application reckoned. Lines and row are kept only where they differ from ours.
    app_cost_pico_usd bigint,
    app_cost_upper_pico_usd bigint,
    app_cost_usd double,
    app_cost_currency varchar,
    app_cost_status varchar,
    app_cost_reasons varchar,
    app_input_pico_usd bigint,
    app_cache_read_pico_usd bigint,
    app_tool_use_pico_usd bigint,
    app_output_pico_usd bigint,
    app_thoughts_pico_usd bigint,
    app_price_book varchar,
    app_price_row varchar,

    platform varchar,
    region varchar,
    service_tier varchar,
    traffic_type varchar,
    account_project varchar,
    account_location varchar,
    account_key_digest varchar,
    exchanges bigint,
    attempts bigint,
    retry_statuses varchar,
    stream_state varchar,
    stream_chunks bigint,
    prompt_block_reason varchar,
    cache_name varchar,

    team varchar,
    feature varchar,
    user_id varchar,
    environment varchar,
    prompt_version varchar,
    purpose varchar,

    superseded_by ubigint,                 -- span_id of the span that counts for the same call
    attributes map(varchar, varchar),      -- every attribute without a column
    nested_attributes map(varchar, blob),  -- arrays and maps: the protobuf value, verbatim
    events blob[],                         -- protobuf Span.Event, verbatim
    links blob[]                           -- protobuf Span.Link, verbatim
);
-- No key and no index on spans: a key costs 300,000 -> 25,000 spans a second and its memory grows with
-- the table. Once-only is the anti-join of queries/known_spans.sql, inside the write transaction.


create table contents (
    trace_id uuid not null,
    span_id ubigint not null,
    start_time_unix_nano bigint not null,
    response_id varchar,
    conversation_id varchar,
    service_name varchar,
    team varchar,
    feature varchar,
    environment varchar,
    prompt_version varchar,
    purpose varchar,
    model varchar,
    input_messages varchar,
    output_messages varchar,
    system_instructions varchar
);

-- Append-only deltas: late spans, corrections and supersessions are further rows, negative where they take back.
create table ledger (
    slot_unix_seconds bigint not null,     -- start of the call's 15-minute slot
    service_name varchar,
    provider varchar,
    platform varchar,
    response_model varchar,                -- the requested model where none answered
    service_tier varchar,
    long_context boolean,
    price_row varchar,
    cost_status varchar not null,
    purpose varchar,
    account_project varchar,
    account_key_digest varchar,
    team varchar,
    feature varchar,
    environment varchar,
    prompt_version varchar,
    calls bigint not null,
    errors bigint not null,
    rate_limited_errors bigint not null,   -- 429
    client_errors bigint not null,         -- other 4xx
    server_errors bigint not null,         -- 5xx
    input_tokens bigint not null,          -- totals as on the wire, like the view calls
    cache_read_tokens bigint not null,
    tool_use_tokens bigint not null,
    output_tokens bigint not null,
    thoughts_tokens bigint not null,
    input_pico_usd hugeint not null,       -- lines are disjoint and sum to the cost
    cache_read_pico_usd hugeint not null,
    tool_use_pico_usd hugeint not null,
    output_pico_usd hugeint not null,
    thoughts_pico_usd hugeint not null,
    cost_pico_usd hugeint not null
);

create view charges as
select
    make_timestamp(start_time_unix_nano // 1000) as start_time,
    'call' as charge_type,
    null::varchar as settlement_id,
    trace_id,
    span_id,
    operation,
    provider,
    request_model,
    response_model,
    service_tier,
    input_tokens,
    output_tokens,
    -- A part that the sender left out of a total it gave is none; without a total nothing is known.
    if(input_tokens is null, null, coalesce(cache_read_tokens, 0)) as cache_read_tokens,
    if(input_tokens is null, null, coalesce(tool_use_tokens, 0)) as tool_use_tokens,
    if(output_tokens is null, null, coalesce(thoughts_tokens, 0)) as thoughts_tokens,
    cost_pico_usd,
    (cost_pico_usd::decimal(19, 0) * 0.000000000001::decimal(13, 12))::decimal(38, 12) as cost_usd,
    cost_status,
    duration_nano / 1e6 as duration_ms,
    time_to_first_chunk_seconds * 1000 as time_to_first_chunk_ms,
    error_type,
    finish_reasons as finish_reason,
    team,
    feature,
    user_id,
    environment,
    prompt_version,
    conversation_id,
    service_name,
    attempts,
    exchanges,
    start_time_unix_nano,
    cost_reasons,
    price_row,
    price_book,
    input_pico_usd,
    cache_read_pico_usd,
    tool_use_pico_usd,
    output_pico_usd,
    thoughts_pico_usd,
    app_cost_pico_usd,
    app_cost_status,
    platform,
    region,
    long_context,
    purpose,
    response_id,
    stream_state,
    account_project,
    account_key_digest,
    attributes
from spans
where cost_status is not null    -- spans of other providers and of no model stay outside every figure
  and superseded_by is null;

create view calls as
select * exclude (charge_type, settlement_id)
from charges
where charge_type = 'call';
