-- What was billed in a range, one row per SKU and attribution, out of the ledger.
select
    service_name,
    provider,
    platform,
    response_model,
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
    sum(calls)::bigint as calls,
    sum(errors)::bigint as errors,
    sum(input_tokens)::bigint as input_tokens,
    sum(cache_read_tokens)::bigint as cache_read_tokens,
    sum(tool_use_tokens)::bigint as tool_use_tokens,
    sum(output_tokens)::bigint as output_tokens,
    sum(thoughts_tokens)::bigint as thoughts_tokens,
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
    coalesce(sum(cost_pico_usd + above_cost_pico_usd), 0)::hugeint as cost_upper_pico_usd
from ledger
where slot_unix_seconds >= $since // 1_000_000_000
  and slot_unix_seconds * 1_000_000_000 < $until
  and ($team is null or team = $team)
  and ($cost_center is null or cost_center = $cost_center)
  and ($feature is null or feature = $feature)
  and ($environment is null or environment = $environment)
  and ($model is null or response_model = $model)
  and ($service is null or service_name = $service)
group by all
order by all
