-- Spend of each group in steps of $seconds (a multiple of a slot) in [$since, $until), of the traffic the filter
-- names (an empty text means that there is none). A dimension that is not asked for is null throughout and groups nothing.
select
    slot_unix_seconds // $seconds * $seconds as begin_unix_seconds,
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
    sum(cost_pico_usd)::hugeint as cost_pico_usd
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
