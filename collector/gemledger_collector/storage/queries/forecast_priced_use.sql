-- What was priced by one row of the book, by model, tier and context step. Calls of several rows name several, and stay
-- out: they are few.
select
    platform,
    response_model as model,
    coalesce(service_tier, 'standard') as service_tier,
    coalesce(long_context, false) as long_context,
    price_row,
    coalesce(sum(input_pico_usd), 0)::hugeint as input_pico_usd,
    coalesce(sum(cache_read_pico_usd), 0)::hugeint as cache_read_pico_usd,
    coalesce(sum(tool_use_pico_usd), 0)::hugeint as tool_use_pico_usd,
    coalesce(sum(output_pico_usd), 0)::hugeint as output_pico_usd,
    coalesce(sum(thoughts_pico_usd), 0)::hugeint as thoughts_pico_usd,
    coalesce(sum(grounding_pico_usd), 0)::hugeint as grounding_pico_usd,
    coalesce(sum(maps_pico_usd), 0)::hugeint as maps_pico_usd,
    coalesce(sum(media_pico_usd), 0)::hugeint as media_pico_usd,
    coalesce(sum(storage_pico_usd), 0)::hugeint as storage_pico_usd
from ledger
where slot_unix_seconds >= $since
  and slot_unix_seconds < $until
  and platform is not null
  and response_model is not null
  and price_row is not null
  and not contains(price_row, ',')
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
order by all
