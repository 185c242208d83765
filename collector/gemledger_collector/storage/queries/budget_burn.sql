-- What each group of a budget spent in windows that all end at $until, one sum for each of the seven $starts.
-- One pass, since the windows lie in each other. The key is budget_spend's.
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
    coalesce(sum(cost_pico_usd) filter (slot_unix_seconds >= $starts[1]), 0)::hugeint as window_1,
    coalesce(sum(cost_pico_usd) filter (slot_unix_seconds >= $starts[2]), 0)::hugeint as window_2,
    coalesce(sum(cost_pico_usd) filter (slot_unix_seconds >= $starts[3]), 0)::hugeint as window_3,
    coalesce(sum(cost_pico_usd) filter (slot_unix_seconds >= $starts[4]), 0)::hugeint as window_4,
    coalesce(sum(cost_pico_usd) filter (slot_unix_seconds >= $starts[5]), 0)::hugeint as window_5,
    coalesce(sum(cost_pico_usd) filter (slot_unix_seconds >= $starts[6]), 0)::hugeint as window_6,
    coalesce(sum(cost_pico_usd) filter (slot_unix_seconds >= $starts[7]), 0)::hugeint as window_7
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
