-- The arriving calls, summed into deltas per 15-minute slot of their start. A row counts one call, or as many as it
-- says where it is the sum of calls that a sampler left out.
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
    cost_center,
    feature,
    environment,
    prompt_version,
    error_kind,
    $sign * sum(coalesce(unsampled_calls, 1)) as calls,
    $sign * coalesce(sum(coalesce(unsampled_errors, unsampled_calls, 1)) filter (error_type is not null), 0) as errors,
    $sign * coalesce(sum(coalesce(unsampled_errors, unsampled_calls, 1)) filter (error_type = '429'), 0) as rate_limited_errors,
    $sign * coalesce(sum(coalesce(unsampled_errors, unsampled_calls, 1)) filter (error_type[1] = '4' and length(error_type) = 3 and error_type <> '429'), 0) as client_errors,
    $sign * coalesce(sum(coalesce(unsampled_errors, unsampled_calls, 1)) filter (error_type[1] = '5' and length(error_type) = 3), 0) as server_errors,
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
    $sign * coalesce(sum(grounding_pico_usd), 0) as grounding_pico_usd,
    $sign * coalesce(sum(maps_pico_usd), 0) as maps_pico_usd,
    $sign * coalesce(sum(media_pico_usd), 0) as media_pico_usd,
    $sign * coalesce(sum(storage_pico_usd), 0) as storage_pico_usd,
    $sign * coalesce(sum(cost_pico_usd), 0) as cost_pico_usd,
    $sign * coalesce(sum(cost_upper_pico_usd - cost_pico_usd), 0) as above_cost_pico_usd,
    $sign * coalesce(
        -- At least one: the settlement of an unknown amount adds no call, yet is no zero either.
        sum(greatest(coalesce(unsampled_calls, 1), 1)) filter (
            cost_status = 'unpriced' or (cost_status = 'lower_bound' and cost_upper_pico_usd is null)
        ),
        0
    ) as unbounded_calls,
    $sign * coalesce(
        sum(admitted_requests(
            attempts, exchanges, coalesce(unsampled_calls, 1), coalesce(unsampled_errors, unsampled_calls, 1),
            error_type, retry_statuses
        )) filter (limited),
        0
    ) as requests,
    $sign * coalesce(sum(input_tokens) filter (limited), 0) as request_input_tokens,
    $sign * coalesce(
        sum(greatest(
            attempts - exchanges - if(error_type is null, 0, coalesce(unsampled_errors, unsampled_calls, 1)), 0
        )),
        0
    ) as retries
from (
    select
        *,
        -- What was settled later was asked for earlier, by a call of its own.
        list_contains($limited_operations, operation) and (settlement_id is null or unsampled_calls is null) as limited
    from counted
)
where cost_status is not null    -- spans that are no billed call stay outside every figure
group by all
