-- What the ledger says of windows, by what is asked for: slots that every window has are summed into one part ($core_start),
-- the others are parts of their own. An empty text in a filter means: none.
select
    case when slot_unix_seconds >= $core_start and slot_unix_seconds < $core_end then $core_start
        else slot_unix_seconds
    end::bigint as start,
    case when $by_model then response_model end as model,
    case when $by_team then team end as team,
    case when $by_cost_center then cost_center end as cost_center,
    case when $by_feature then feature end as feature,
    case when $by_environment then environment end as environment,
    case when $by_prompt_version then prompt_version end as prompt_version,
    case when $by_service then service_name end as service,
    case when $by_purpose then purpose end as purpose,
    case when $by_platform then platform end as platform,
    case when $by_service_tier then service_tier end as service_tier,
    sum(calls)::bigint as calls,
    sum(errors)::bigint as errors,
    sum(rate_limited_errors)::bigint as rate_limited_errors,
    sum(client_errors)::bigint as client_errors,
    sum(server_errors)::bigint as server_errors,
    least(sum(input_tokens), 9223372036854775807)::bigint as input_tokens,
    least(sum(cache_read_tokens), 9223372036854775807)::bigint as cache_read_tokens,
    least(sum(tool_use_tokens), 9223372036854775807)::bigint as tool_use_tokens,
    least(sum(output_tokens), 9223372036854775807)::bigint as output_tokens,
    least(sum(thoughts_tokens), 9223372036854775807)::bigint as thoughts_tokens,
    (sum(cost_pico_usd) // 4294967296)::bigint as cost_high,
    (sum(cost_pico_usd) % 4294967296)::bigint as cost_low,
    coalesce(sum(unbounded_calls) filter (cost_status = 'unpriced'), 0)::bigint as unpriced_calls
from ledger
where slot_unix_seconds >= $since
  and slot_unix_seconds < $until
  and ($model::varchar is null or coalesce(response_model, '') = $model)
  and ($team::varchar is null or coalesce(team, '') = $team)
  and ($cost_center::varchar is null or coalesce(cost_center, '') = $cost_center)
  and ($feature::varchar is null or coalesce(feature, '') = $feature)
  and ($environment::varchar is null or coalesce(environment, '') = $environment)
  and ($prompt_version::varchar is null or coalesce(prompt_version, '') = $prompt_version)
  and ($service::varchar is null or coalesce(service_name, '') = $service)
  and ($purpose::varchar is null or coalesce(purpose, '') = $purpose)
  and ($platform::varchar is null or coalesce(platform, '') = $platform)
  and ($service_tier::varchar is null or coalesce(service_tier, '') = $service_tier)
group by all
order by start
