-- The arriving calls, summed into deltas per 15-minute slot of their start.
insert into ledger by name
select
    start_time_unix_nano // 900_000_000_000 * 900 as slot_unix_seconds,
    service_name,
    provider,
    platform,
    coalesce(response_model, request_model) as response_model,
    service_tier,
    long_context,
    price_row,
    cost_status,
    purpose,
    account_project,
    account_key_digest,
    team,
    feature,
    environment,
    prompt_version,
    $sign * count(*) as calls,
    $sign * count(error_type) as errors,
    $sign * count(*) filter (error_type = '429') as rate_limited_errors,
    $sign * count(*) filter (error_type[1] = '4' and length(error_type) = 3 and error_type <> '429') as client_errors,
    $sign * count(*) filter (error_type[1] = '5' and length(error_type) = 3) as server_errors,
    $sign * coalesce(sum(input_tokens), 0) as input_tokens,
    $sign * coalesce(sum(cache_read_tokens), 0) as cache_read_tokens,
    $sign * coalesce(sum(tool_use_tokens), 0) as tool_use_tokens,
    $sign * coalesce(sum(output_tokens), 0) as output_tokens,
    $sign * coalesce(sum(thoughts_tokens), 0) as thoughts_tokens,
    $sign * coalesce(sum(input_pico_usd), 0) as input_pico_usd,
    $sign * coalesce(sum(cache_read_pico_usd), 0) as cache_read_pico_usd,
    $sign * coalesce(sum(tool_use_pico_usd), 0) as tool_use_pico_usd,
    $sign * coalesce(sum(output_pico_usd), 0) as output_pico_usd,
    $sign * coalesce(sum(thoughts_pico_usd), 0) as thoughts_pico_usd,
    $sign * coalesce(sum(cost_pico_usd), 0) as cost_pico_usd
from counted
where cost_status is not null    -- spans that are no billed call stay outside every figure
group by all
