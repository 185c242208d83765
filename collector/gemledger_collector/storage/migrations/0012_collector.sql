-- What the collector itself adds to a span: who pays by its dated rules, what it repaired of another
-- instrumentation's counts; and who asked it for what.

alter table spans add column cost_center varchar;       -- by the collector's rules alone
alter table spans add column attribution_rule varchar;  -- the rule that said team or cost center; null: the app did
alter table spans add column repairs varchar;           -- what was mended of the sender's counts, joined by commas
alter table ledger add column cost_center varchar;

-- Who did what that is more than looking: content read, SQL, exports, erasures, re-pricing, silences, tokens.
create table audit (
    time_unix_nano bigint not null,
    actor varchar not null,                -- name of the token, or who asked where there are none
    action varchar not null,               -- a stable word, such as sql or erase
    detail varchar                         -- JSON; never a prompt, a secret or a token
);

drop view calls;
drop view charges;

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
    error_kind,
    cost_center,
    attribution_rule,
    repairs,
    scope_name
from spans
where cost_status is not null    -- spans of other providers and of no model stay outside every figure
  and superseded_by is null;

create view calls as
select * exclude (charge_type, settlement_id, calls, errors)
from charges
where charge_type = 'call';
