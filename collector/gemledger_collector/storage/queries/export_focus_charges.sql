-- The same out of the charges: as long as their spans are kept, and with free labels.
select
    service_name,
    provider,
    platform,
    coalesce(response_model, request_model) as response_model,
    service_tier,
    long_context,
    price_row,
    cost_status,
    purpose,
    account_project,
    account_key_digest,
    team,
    cost_center,
    feature,
    environment,
    prompt_version,
    coalesce(sum(calls), 0)::bigint as calls,
    coalesce(sum(errors), 0)::bigint as errors,
    coalesce(sum(input_tokens), 0)::bigint as input_tokens,
    coalesce(sum(cache_read_tokens), 0)::bigint as cache_read_tokens,
    coalesce(sum(tool_use_tokens), 0)::bigint as tool_use_tokens,
    coalesce(sum(output_tokens), 0)::bigint as output_tokens,
    coalesce(sum(thoughts_tokens), 0)::bigint as thoughts_tokens,
    coalesce(sum(input_pico_usd), 0)::hugeint as input_pico_usd,
    coalesce(sum(cache_read_pico_usd), 0)::hugeint as cache_read_pico_usd,
    coalesce(sum(tool_use_pico_usd), 0)::hugeint as tool_use_pico_usd,
    coalesce(sum(output_pico_usd), 0)::hugeint as output_pico_usd,
    coalesce(sum(thoughts_pico_usd), 0)::hugeint as thoughts_pico_usd,
    coalesce(sum(grounding_pico_usd), 0)::hugeint as grounding_pico_usd,
    coalesce(sum(maps_pico_usd), 0)::hugeint as maps_pico_usd,
    coalesce(sum(media_pico_usd), 0)::hugeint as media_pico_usd,
    coalesce(sum(storage_pico_usd), 0)::hugeint as storage_pico_usd,
    coalesce(sum(cost_pico_usd), 0)::hugeint as cost_pico_usd,
    coalesce(sum(coalesce(cost_upper_pico_usd, cost_pico_usd)), 0)::hugeint as cost_upper_pico_usd
from charges
where start_time_unix_nano >= $since
  and start_time_unix_nano < $until
  and ($team is null or team = $team)
  and ($cost_center is null or cost_center = $cost_center)
  and ($feature is null or feature = $feature)
  and ($environment is null or environment = $environment)
  and ($model is null or coalesce(response_model, request_model) = $model)
  and ($service is null or service_name = $service)
  and ($label_key is null or attributes[$label_key] = $label_value)
group by all
order by all
