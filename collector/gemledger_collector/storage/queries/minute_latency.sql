-- How long calls took that began in [$since, $until) and match: histograms by minute and by what is asked for.
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
    metric,
    latency_bucket(milliseconds)::bigint as bucket,
    count(*)::bigint as calls
from (
    select *, 'duration' as metric, duration_nano / 1e6 as milliseconds
    from spans
    where duration_nano >= 0
    union all
    select *, 'time_to_first_chunk' as metric, time_to_first_chunk_seconds * 1000 as milliseconds
    from spans
    where time_to_first_chunk_seconds >= 0 and isfinite(time_to_first_chunk_seconds)
)
where start_time_unix_nano >= $since
  and start_time_unix_nano < $until
  and cost_status is not null
  and superseded_by is null
  and unsampled_calls is null
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
group by all
order by minute
