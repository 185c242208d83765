-- What the traffic cost in the slots from $since until $until.
select coalesce(sum(cost_pico_usd), 0)::hugeint as cost_pico_usd
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
