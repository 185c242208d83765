-- Calls of one exchange whose prompt lies just above a context step, by what their price depends on, in [$since, $until)
-- unix nanoseconds: what they used, what of it lies above the step, and what was paid for it, line by line.
-- Little lies there: the first filter leaves few rows for which the other columns are read.
select
    coalesce(response_model, request_model) as model,
    platform,
    coalesce(service_tier, 'standard') as service_tier,
    coalesce(account_location, region, 'global') as region,
    price_row,
    min(start_time_unix_nano) as first,
    count(*) as calls,
    sum(input_tokens - coalesce(tool_use_tokens, 0)) as prompt_tokens,
    sum(coalesce(cache_read_tokens, 0)) as cache_read_tokens,
    sum(coalesce(tool_use_tokens, 0)) as tool_use_tokens,
    sum(coalesce(output_tokens, 0) - coalesce(thoughts_tokens, 0)) as output_tokens,
    sum(coalesce(thoughts_tokens, 0)) as thoughts_tokens,
    sum(input_tokens - coalesce(tool_use_tokens, 0) - $step::bigint) as above_tokens,
    -- What has to go to come down to the step: fresh tokens first, cached ones where these are not enough.
    sum(least(
        input_tokens - coalesce(tool_use_tokens, 0) - $step::bigint,
        input_tokens - coalesce(tool_use_tokens, 0) - coalesce(cache_read_tokens, 0)
    )) as above_fresh_tokens,
    sum(cost_pico_usd)::hugeint as cost_pico_usd,
    sum(input_pico_usd)::hugeint as input_pico_usd,
    sum(cache_read_pico_usd)::hugeint as cache_read_pico_usd,
    sum(tool_use_pico_usd)::hugeint as tool_use_pico_usd,
    sum(output_pico_usd)::hugeint as output_pico_usd,
    sum(thoughts_pico_usd)::hugeint as thoughts_pico_usd
from spans
where input_tokens > $step::bigint
  and input_tokens - coalesce(tool_use_tokens, 0) > $step::bigint
  and input_tokens - coalesce(tool_use_tokens, 0) <= $most::bigint
  and long_context
  and coalesce(exchanges, 1) <= 1
  and cost_pico_usd is not null
  and superseded_by is null
  and unsampled_calls is null
  and settlement_id is null
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
group by all
order by sum(cost_pico_usd) desc, model, platform, service_tier, region, price_row
limit $rows
