-- Who spent in [$since_slot, $until_slot), beside what the same spent in the baseline before it.
select
    team,
    feature,
    response_model as model,
    coalesce(sum(cost_pico_usd) filter (where slot_unix_seconds >= $since_slot), 0)::hugeint as cost_pico_usd,
    coalesce(sum(cost_pico_usd) filter (where slot_unix_seconds < $since_slot), 0)::hugeint as baseline_pico_usd
from ledger
where slot_unix_seconds >= $baseline_slot and slot_unix_seconds < $until_slot
  and ($team::varchar is null or team = $team)
  and ($feature::varchar is null or feature = $feature)
  and ($model::varchar is null or response_model = $model)
  and ($environment::varchar is null or environment = $environment)
  and ($prompt_version::varchar is null or prompt_version = $prompt_version)
  and ($service::varchar is null or service_name = $service)
group by all
order by cost_pico_usd desc, team, feature, model
