-- Charges in [$since, $until) with what rules look at, what they said before, and what the ledger sums. Settlements
-- follow whoever submitted their job where that is known, and storage whoever made the cache: settling bills it anew.
select
    trace_id,
    span_id,
    start_time_unix_nano,
    duration_nano,
    time_to_first_chunk_seconds,
    name,
    operation,
    provider,
    service_name,
    request_model,
    response_model,
    error_type,
    error_kind,
    settlement_id,
    job_name,
    input_tokens,
    output_tokens,
    cache_read_tokens,
    thoughts_tokens,
    tool_use_tokens,
    cost_pico_usd,
    cost_upper_pico_usd,
    cost_status,
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
    platform,
    service_tier,
    account_project,
    account_key_digest,
    exchanges,
    attempts,
    retry_statuses,
    team,
    cost_center,
    attribution_rule,
    feature,
    user_id,
    environment,
    prompt_version,
    purpose,
    unsampled_calls,
    unsampled_errors,
    case when $labels then attributes end as attributes,
    superseded_by is null as counted
from spans
where start_time_unix_nano >= $since
  and start_time_unix_nano < $until
  and cost_status is not null
  and operation is distinct from 'cache_storage'
  and not (
      name = $settlement_span
      and job_name is not null
      and job_name in (select submitted.job_name from job_events as submitted where submitted.event = 'submitted')
  )
