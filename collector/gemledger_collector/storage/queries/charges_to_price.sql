-- Charges in [$since, $until) with everything that their price was made of. Hours of cache storage are left to settling,
-- which bills them anew by itself when rates change; what is superseded is billed no more.
with told as (
    -- A settlement that was moved to the day of its job's submission was priced when it was told to begin.
    select trace_id, span_id, min(submitted_unix_nano) as told_unix_nano
    from job_events
    where event = 'settled'
    group by all
)
select
    spans.trace_id,
    spans.span_id,
    spans.start_time_unix_nano,
    coalesce(told.told_unix_nano, spans.start_time_unix_nano) as priced_unix_nano,
    null::bigint as duration_nano,               -- the histograms of latency know no price: nothing to take back
    null::double as time_to_first_chunk_seconds,
    user_id,
    name,
    operation,
    provider,
    service_name,
    request_model,
    response_model,
    server_address,
    error_type,
    error_kind,
    settlement_id,
    job_name,
    input_tokens,
    output_tokens,
    cache_read_tokens,
    thoughts_tokens,
    tool_use_tokens,
    total_tokens,
    text_input_tokens,
    text_output_tokens,
    text_cache_read_tokens,
    image_input_tokens,
    image_output_tokens,
    image_cache_read_tokens,
    audio_input_tokens,
    audio_output_tokens,
    audio_cache_read_tokens,
    video_input_tokens,
    video_output_tokens,
    video_cache_read_tokens,
    document_input_tokens,
    document_output_tokens,
    document_cache_read_tokens,
    grounding_queries,
    grounded_prompts,
    maps_queries,
    enterprise_prompts,
    images,
    video_seconds,
    audio_seconds,
    songs,
    resolution,
    cost_pico_usd,
    cost_upper_pico_usd,
    cost_status,
    cost_reasons,
    price_book,
    price_row,
    long_context,
    input_pico_usd,
    cache_read_pico_usd,
    tool_use_pico_usd,
    output_pico_usd,
    thoughts_pico_usd,
    grounding_pico_usd,
    maps_pico_usd,
    media_pico_usd,
    storage_pico_usd,
    app_cost_pico_usd,
    app_cost_status,
    app_cost_reasons,
    app_price_book,
    app_price_row,
    platform,
    region,
    service_tier,
    account_project,
    account_location,
    account_key_digest,
    exchanges,
    attempts,
    retry_statuses,
    team,
    cost_center,
    feature,
    environment,
    prompt_version,
    purpose,
    unsampled_calls,
    unsampled_errors,
    events
from spans
left join told
    on spans.name = $settlement_span
   and spans.span_id = told.span_id
   and spans.trace_id = told.trace_id
where spans.start_time_unix_nano >= $since
  and spans.start_time_unix_nano < $until
  and cost_status is not null
  and superseded_by is null
  and operation is distinct from 'cache_storage'
