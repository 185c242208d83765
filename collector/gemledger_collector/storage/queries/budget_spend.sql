-- What each group of a budget spent in [$since, $until), slots in unix seconds. What nobody named is a group as well: ''.
-- One key, because a second doubles the time: one dimension is named by $dimension, of several the values are joined.
select
    coalesce(
        case $dimension::varchar
            when 'team' then team
            when 'cost_center' then cost_center
            when 'feature' then feature
            when 'model' then response_model
            when 'environment' then environment
            when 'prompt_version' then prompt_version
            when 'service' then service_name
            when 'platform' then platform
            when 'service_tier' then service_tier
            when 'purpose' then purpose
            when 'several' then concat_ws(
                chr(31),
                case when $by_team then coalesce(team, '') end,
                case when $by_cost_center then coalesce(cost_center, '') end,
                case when $by_feature then coalesce(feature, '') end,
                case when $by_model then coalesce(response_model, '') end,
                case when $by_environment then coalesce(environment, '') end,
                case when $by_prompt_version then coalesce(prompt_version, '') end,
                case when $by_service then coalesce(service_name, '') end,
                case when $by_platform then coalesce(platform, '') end,
                case when $by_service_tier then coalesce(service_tier, '') end,
                case when $by_purpose then coalesce(purpose, '') end
            )
        end,
        ''
    ) as grouped,
    sum(cost_pico_usd)::hugeint as cost_pico_usd
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
group by grouped
