-- The ledger in one row per slot and key, whether its deltas have been put together or not, from a position on.
with sums as (
    select
        slot_unix_seconds,
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
        error_kind,
        sum(calls)::bigint as calls,
        sum(errors)::bigint as errors,
        sum(input_tokens)::hugeint as input_tokens,
        sum(cache_read_tokens)::hugeint as cache_read_tokens,
        sum(tool_use_tokens)::hugeint as tool_use_tokens,
        sum(output_tokens)::hugeint as output_tokens,
        sum(thoughts_tokens)::hugeint as thoughts_tokens,
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
        coalesce(sum(cost_pico_usd + above_cost_pico_usd), 0)::hugeint as cost_upper_pico_usd,
        coalesce(sum(unbounded_calls), 0)::bigint as unbounded_calls
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
),
numbered as (
    select
        *,
        slot_unix_seconds * 1_000_000_000 as export_start,
        row_number() over (
            partition by slot_unix_seconds
            order by service_name, provider, platform, response_model, service_tier,
                long_context, price_row, cost_status, purpose, account_project,
                account_key_digest, team, cost_center, feature, environment,
                prompt_version, error_kind
        ) as export_id
    from sums
    where calls <> 0 or cost_pico_usd <> 0 or input_tokens <> 0 or output_tokens <> 0
)
select *
from numbered
where export_start > $after_start or (export_start = $after_start and export_id > $after_id)
order by export_start, export_id
limit $limit
