-- All calls above their model's context step in the slots [$since, $until), out of the ledger: one row.
select
    coalesce(sum(calls), 0)::bigint as calls,
    coalesce(sum(cost_pico_usd), 0)::hugeint as cost_pico_usd
from ledger
where long_context
  and slot_unix_seconds >= $since
  and slot_unix_seconds < $until
  and ($only_model::varchar[] is null or list_contains($only_model, coalesce(response_model, '')))
  and ($only_team::varchar[] is null or list_contains($only_team, coalesce(team, '')))
  and ($only_cost_center::varchar[] is null or list_contains($only_cost_center, coalesce(cost_center, '')))
  and ($only_feature::varchar[] is null or list_contains($only_feature, coalesce(feature, '')))
  and ($only_environment::varchar[] is null or list_contains($only_environment, coalesce(environment, '')))
  and ($only_prompt_version::varchar[] is null or list_contains($only_prompt_version, coalesce(prompt_version, '')))
  and ($only_service::varchar[] is null or list_contains($only_service, coalesce(service_name, '')))
  and ($only_purpose::varchar[] is null or list_contains($only_purpose, coalesce(purpose, '')))
  and ($only_platform::varchar[] is null or list_contains($only_platform, coalesce(platform, '')))
  and ($only_service_tier::varchar[] is null or list_contains($only_service_tier, coalesce(service_tier, '')))
