-- Streams that were not read to their end, by how they ended, of calls that began in [$since, $until) unix nanoseconds,
-- and what was billed for them all the same.
select
    stream_state,
    count(*) as calls,
    sum(coalesce(cost_pico_usd, 0))::hugeint as cost_pico_usd,
    sum(coalesce(cost_upper_pico_usd, cost_pico_usd, 0))::hugeint as cost_upper_pico_usd,
    count(*) filter (
        cost_status = 'unpriced' or (cost_status = 'lower_bound' and cost_upper_pico_usd is null)
    ) as unbounded_calls
from spans
where stream_state in ('abandoned', 'cancelled', 'error')
  and cost_status is not null
  and superseded_by is null
  and unsampled_calls is null
  and start_time_unix_nano >= $since
  and start_time_unix_nano < $until
  and ($only_model::varchar[] is null or list_contains($only_model, coalesce(response_model, request_model, '')))
  and ($only_team::varchar[] is null or list_contains($only_team, coalesce(team, '')))
  and ($only_cost_center::varchar[] is null or list_contains($only_cost_center, coalesce(cost_center, '')))
  and ($only_feature::varchar[] is null or list_contains($only_feature, coalesce(feature, '')))
  and ($only_environment::varchar[] is null or list_contains($only_environment, coalesce(environment, '')))
  and ($only_prompt_version::varchar[] is null or list_contains($only_prompt_version, coalesce(prompt_version, '')))
  and ($only_service::varchar[] is null or list_contains($only_service, coalesce(service_name, '')))
  and ($only_purpose::varchar[] is null or list_contains($only_purpose, coalesce(purpose, '')))
  and ($only_platform::varchar[] is null or list_contains($only_platform, coalesce(platform, '')))
  and ($only_service_tier::varchar[] is null or list_contains($only_service_tier, coalesce(service_tier, '')))
group by stream_state
order by stream_state
