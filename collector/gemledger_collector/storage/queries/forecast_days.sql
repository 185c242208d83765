-- Spend by day and group. The days begin at $starts, one after the other; which slots make up a day depends on the time
-- zone and its clock changes. by_now is what of a day was spent within its first $elapsed seconds.
with days as (
    select unnest($starts::bigint[]) as day_start
),
spent as (
    select *
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
)
select
    day_start,
    case when $by_team then coalesce(spent.team, '') end as team,
    case when $by_cost_center then coalesce(spent.cost_center, '') end as cost_center,
    case when $by_feature then coalesce(spent.feature, '') end as feature,
    case when $by_model then coalesce(spent.response_model, '') end as model,
    case when $by_environment then coalesce(spent.environment, '') end as environment,
    case when $by_prompt_version then coalesce(spent.prompt_version, '') end as prompt_version,
    case when $by_service then coalesce(spent.service_name, '') end as service,
    case when $by_platform then coalesce(spent.platform, '') end as platform,
    case when $by_service_tier then coalesce(spent.service_tier, '') end as service_tier,
    case when $by_purpose then coalesce(spent.purpose, '') end as purpose,
    sum(cost_pico_usd)::hugeint as cost_pico_usd,
    coalesce(sum(cost_pico_usd) filter (slot_unix_seconds < day_start + $elapsed), 0)::hugeint as by_now_pico_usd
from spent
asof join days on spent.slot_unix_seconds >= days.day_start
group by all
