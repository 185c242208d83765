-- What is billed without a call at hand: results of batches, videos and background interactions, storage of caches.
-- Each is a span named gemledger.settlement, whose charge type is the first word of its settlement's id.

alter table spans add column job_name varchar;         -- what runs on after the call that asked for it
alter table spans add column settlement_id varchar;    -- of one billed amount; once in the store
alter table spans add column error_kind varchar;
alter table ledger add column error_kind varchar;

-- Every settlement that counts: whoever settles the same a second time, whenever that is, adds nothing.
create table settlements (
    settlement_id varchar not null,
    start_time_unix_nano bigint not null,
    trace_id uuid not null,
    span_id ubigint not null
);

drop view calls;
drop view charges;

-- In views `case` rather than `if`: DuckDB 2 stores that as a function, which 1.5 does not know.
create view charges as
select
    make_timestamp(start_time_unix_nano // 1000) as start_time,
    case
        when name = 'gemledger.settlement' then split_part(settlement_id, ':', 1)
        when unsampled_calls is not null then 'unsampled'
        else 'call'
    end as charge_type,
    settlement_id,
    coalesce(unsampled_calls, 1) as calls,           -- how many the row stands for
    case when error_type is null then 0 else coalesce(unsampled_errors, unsampled_calls, 1) end as errors,
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
    case when input_tokens is not null then coalesce(cache_read_tokens, 0) end as cache_read_tokens,
    case when input_tokens is not null then coalesce(tool_use_tokens, 0) end as tool_use_tokens,
    case when output_tokens is not null then coalesce(thoughts_tokens, 0) end as thoughts_tokens,
    cost_pico_usd,
    (cost_pico_usd::decimal(19, 0) * 0.000000000001::decimal(13, 12))::decimal(38, 12) as cost_usd,
    cost_status,
    case when unsampled_calls is null then duration_nano end / 1e6 as duration_ms,
    case when unsampled_calls is null then time_to_first_chunk_seconds end * 1000 as time_to_first_chunk_ms,
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
    -- Lines are disjoint and sum to the cost; a line that older versions did not know is 0.
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
    attributes,
    case when cost_pico_usd is not null then coalesce(grounding_pico_usd, 0) end as grounding_pico_usd,
    case when cost_pico_usd is not null then coalesce(maps_pico_usd, 0) end as maps_pico_usd,
    case when cost_pico_usd is not null then coalesce(media_pico_usd, 0) end as media_pico_usd,
    case when cost_pico_usd is not null then coalesce(storage_pico_usd, 0) end as storage_pico_usd,
    cost_upper_pico_usd,
    grounding_queries,
    grounded_prompts,
    maps_queries,
    enterprise_prompts,
    images,
    video_seconds,
    audio_seconds,
    songs,
    resolution,
    stream_max_gap_seconds * 1000 as stream_max_gap_ms,
    traffic_type,
    account_location,
    job_name,
    cache_name,
    error_kind
from spans
where cost_status is not null    -- spans of other providers and of no model stay outside every figure
  and superseded_by is null;

create view calls as
select * exclude (charge_type, settlement_id, calls, errors)
from charges
where charge_type = 'call';
