-- What was priced by one row of the book, by model, tier and context step. Calls of several rows name several, and stay
-- out: they are few. A list of ``only_`` chooses any of its values; the empty text stands for calls that have none.
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
  and ($only_team::varchar[] is null or list_contains($only_team, coalesce(ledger.team, '')))
  and ($only_cost_center::varchar[] is null or list_contains($only_cost_center, coalesce(ledger.cost_center, '')))
  and ($only_feature::varchar[] is null or list_contains($only_feature, coalesce(ledger.feature, '')))
  and ($only_model::varchar[] is null or list_contains($only_model, coalesce(ledger.response_model, '')))
  and ($only_environment::varchar[] is null or list_contains($only_environment, coalesce(ledger.environment, '')))
  and ($only_prompt_version::varchar[] is null or list_contains($only_prompt_version, coalesce(ledger.prompt_version, '')))
  and ($only_service::varchar[] is null or list_contains($only_service, coalesce(ledger.service_name, '')))
  and ($only_platform::varchar[] is null or list_contains($only_platform, coalesce(ledger.platform, '')))
  and ($only_service_tier::varchar[] is null or list_contains($only_service_tier, coalesce(ledger.service_tier, '')))
  and ($only_purpose::varchar[] is null or list_contains($only_purpose, coalesce(ledger.purpose, '')))
  and ($account_project::varchar is null or coalesce(account_project, '') = $account_project)
group by all
order by all
