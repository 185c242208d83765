-- What the ledger sums, by minute: of charges that began in [$since, $until) and match, by what is asked for. Money is in
-- two halves of 32 bits, as storage/minute_cells.py has it. An empty text in a filter means: none.
with counted as (
    select
        start_time_unix_nano // 60_000_000_000 as minute,
        case when $by_model then coalesce(response_model, request_model) end as model,
        case when $by_team then team end as team,
        case when $by_cost_center then cost_center end as cost_center,
        case when $by_feature then feature end as feature,
        case when $by_environment then environment end as environment,
        case when $by_prompt_version then prompt_version end as prompt_version,
        case when $by_service then service_name end as service,
        case when $by_purpose then purpose end as purpose,
        case when $by_platform then platform end as platform,
        case when $by_service_tier then service_tier end as service_tier,
        coalesce(unsampled_calls, 1) as calls,
        case when error_type is not null then coalesce(unsampled_errors, unsampled_calls, 1) else 0 end as errors,
        error_type,
        input_tokens,
        cache_read_tokens,
        tool_use_tokens,
        output_tokens,
        thoughts_tokens,
        coalesce(cost_pico_usd, 0) as cost,
        coalesce(cost_pico_usd, 0) & 4294967295 as cost_low,
        cost_status,
        unsampled_calls is null as single
    from spans
    where start_time_unix_nano >= $since
      and start_time_unix_nano < $until
      and cost_status is not null
      and superseded_by is null
      and ($model::varchar is null or coalesce(response_model, request_model, '') = $model)
      and ($team::varchar is null or coalesce(team, '') = $team)
      and ($cost_center::varchar is null or coalesce(cost_center, '') = $cost_center)
      and ($feature::varchar is null or coalesce(feature, '') = $feature)
      and ($environment::varchar is null or coalesce(environment, '') = $environment)
      and ($prompt_version::varchar is null or coalesce(prompt_version, '') = $prompt_version)
      and ($service::varchar is null or coalesce(service_name, '') = $service)
      and ($purpose::varchar is null or coalesce(purpose, '') = $purpose)
      and ($platform::varchar is null or coalesce(platform, '') = $platform)
      and ($service_tier::varchar is null or coalesce(service_tier, '') = $service_tier)
),
sums as (
    select
        minute,
        model,
        team,
        cost_center,
        feature,
        environment,
        prompt_version,
        service,
        purpose,
        platform,
        service_tier,
        sum(calls) as calls,
        sum(errors) as errors,
        coalesce(sum(errors) filter (error_type = '429'), 0) as rate_limited_errors,
        coalesce(sum(errors) filter (regexp_full_match(error_type, '4..') and error_type <> '429'), 0) as client_errors,
        coalesce(sum(errors) filter (regexp_full_match(error_type, '5..')), 0) as server_errors,
        coalesce(sum(input_tokens), 0) as input_tokens,
        coalesce(sum(cache_read_tokens), 0) as cache_read_tokens,
        coalesce(sum(tool_use_tokens), 0) as tool_use_tokens,
        coalesce(sum(output_tokens), 0) as output_tokens,
        coalesce(sum(thoughts_tokens), 0) as thoughts_tokens,
        sum((cost - cost_low) // 4294967296) as cost_high,
        sum(cost_low) as cost_low,
        coalesce(sum(greatest(calls, 1)) filter (cost_status = 'unpriced'), 0) as unpriced_calls,
        coalesce(max(cost) filter (single), 0) as dearest
    from counted
    group by all
)
select
    minute,
    model,
    team,
    cost_center,
    feature,
    environment,
    prompt_version,
    service,
    purpose,
    platform,
    service_tier,
    least(columns(* exclude (
        minute, model, team, cost_center, feature, environment, prompt_version, service, purpose, platform, service_tier
    )), 9223372036854775807)::bigint    -- beyond that is nobody's traffic
from sums
order by minute
