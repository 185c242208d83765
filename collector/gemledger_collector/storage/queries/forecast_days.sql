-- Spend by day and group. Which slots make up a day depends on the time zone and its clock changes: $day_starts has the
-- start of its day for each slot from $since on. by_now is what of a day was spent within its first $elapsed seconds.
-- A slot's day is looked up in the list, so that the ledger is summed once.
select
    ($day_starts::bigint[])[(slot_unix_seconds - $since) // 900 + 1] as day_start,
    case when $by_team then coalesce(team, '') end as team,
    case when $by_cost_center then coalesce(cost_center, '') end as cost_center,
    case when $by_feature then coalesce(feature, '') end as feature,
    case when $by_model then coalesce(response_model, '') end as model,
    case when $by_environment then coalesce(environment, '') end as environment,
    case when $by_prompt_version then coalesce(prompt_version, '') end as prompt_version,
    case when $by_service then coalesce(service_name, '') end as service,
    case when $by_platform then coalesce(platform, '') end as platform,
    case when $by_service_tier then coalesce(service_tier, '') end as service_tier,
    case when $by_purpose then coalesce(purpose, '') end as purpose,
    sum(cost_pico_usd)::hugeint as cost_pico_usd,
    coalesce(
        sum(cost_pico_usd) filter (
            slot_unix_seconds - ($day_starts::bigint[])[(slot_unix_seconds - $since) // 900 + 1] < $elapsed
        ),
        0
    )::hugeint as by_now_pico_usd
from ledger
where slot_unix_seconds >= $since
  and slot_unix_seconds < $until
  and ($team::varchar is null or coalesce(team, '') = $team)
  and ($cost_center::varchar is null or coalesce(cost_center, '') = $cost_center)
  and ($feature::varchar is null or coalesce(feature, '') = $feature)
  and ($model::varchar is null or coalesce(response_model, '') = $model)
  and ($environment::varchar is null or coalesce(environment, '') = $environment)
  and ($prompt_version::varchar is null or coalesce(prompt_version, '') = $prompt_version)
  and ($service::varchar is null or coalesce(service_name, '') = $service)
  and ($platform::varchar is null or coalesce(platform, '') = $platform)
  and ($service_tier::varchar is null or coalesce(service_tier, '') = $service_tier)
  and ($purpose::varchar is null or coalesce(purpose, '') = $purpose)
  and ($account_project::varchar is null or coalesce(account_project, '') = $account_project)
group by all
