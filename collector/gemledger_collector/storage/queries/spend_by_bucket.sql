-- Calls, tokens and money in [$since, $until), per bucket and attribution, out of the ledger.
-- The buckets come from the caller ($starts and $ends, unix seconds): which slots make up a day depends on the
-- time zone and its clock changes. A dimension that is not asked for is null throughout and groups nothing.
-- Each slot is looked up in a table of its bucket, so that the ledger is summed once.
with buckets as (
    select unnest($starts::bigint[]) as bucket_start, unnest($ends::bigint[]) as bucket_end
),
filled as (    -- a question may be about centuries, the ledger is about months
    select min(slot_unix_seconds) as first_slot, max(slot_unix_seconds) as last_slot
    from ledger
    where slot_unix_seconds >= $since
      and slot_unix_seconds < $until
),
bucket_of as (
    select
        bucket_start,
        unnest(range(greatest(bucket_start, first_slot), least(bucket_end, last_slot + 1), 900)) as slot_unix_seconds
    from buckets, filled
),
sums as (
    select
        bucket_start,
        case when $by_model then response_model end as model,
        case when $by_team then team end as team,
        case when $by_cost_center then cost_center end as cost_center,
        case when $by_feature then feature end as feature,
        case when $by_environment then environment end as environment,
        case when $by_prompt_version then prompt_version end as prompt_version,
        case when $by_service then service_name end as service,
        case when $by_purpose then purpose end as purpose,
        case when $by_platform then platform end as platform,
        case when $by_service_tier then service_tier end as service_tier,
        sum(calls) as calls,
        sum(errors) as errors,
        sum(input_tokens) as input_tokens,
        sum(cache_read_tokens) as cache_read_tokens,
        sum(tool_use_tokens) as tool_use_tokens,
        sum(output_tokens) as output_tokens,
        sum(thoughts_tokens) as thoughts_tokens,
        sum(input_pico_usd) as input_pico_usd,
        sum(cache_read_pico_usd) as cache_read_pico_usd,
        sum(tool_use_pico_usd) as tool_use_pico_usd,
        sum(output_pico_usd) as output_pico_usd,
        sum(thoughts_pico_usd) as thoughts_pico_usd,
        sum(grounding_pico_usd) as grounding_pico_usd,
        sum(maps_pico_usd) as maps_pico_usd,
        sum(media_pico_usd) as media_pico_usd,
        sum(storage_pico_usd) as storage_pico_usd,
        sum(cost_pico_usd) as cost_pico_usd,
        sum(cost_pico_usd + above_cost_pico_usd) as cost_upper_pico_usd,
        sum(cost_pico_usd) filter (cost_status in ('exact', 'lower_bound')) as known_pico_usd,
        sum(cost_pico_usd) filter (cost_status = 'estimated') as estimated_pico_usd,
        sum(cost_pico_usd) filter (ledger.team is null) as unowned_pico_usd,
        sum(unbounded_calls) filter (cost_status = 'unpriced') as unpriced_calls,
        sum(unbounded_calls) as unbounded_calls
    from ledger
    inner join bucket_of using (slot_unix_seconds)
    where slot_unix_seconds >= $since
      and slot_unix_seconds < $until
    group by all
)
select
    bucket_start,
    model,
    team,
    cost_center,
    feature,
    environment,
    prompt_version,
    service,
    purpose,
    platform,
    service_tier,
    calls::bigint as calls,
    errors::bigint as errors,
    input_tokens::hugeint as input_tokens,
    cache_read_tokens::hugeint as cache_read_tokens,
    tool_use_tokens::hugeint as tool_use_tokens,
    output_tokens::hugeint as output_tokens,
    thoughts_tokens::hugeint as thoughts_tokens,
    input_pico_usd::hugeint as input_pico_usd,
    cache_read_pico_usd::hugeint as cache_read_pico_usd,
    tool_use_pico_usd::hugeint as tool_use_pico_usd,
    output_pico_usd::hugeint as output_pico_usd,
    thoughts_pico_usd::hugeint as thoughts_pico_usd,
    grounding_pico_usd::hugeint as grounding_pico_usd,
    maps_pico_usd::hugeint as maps_pico_usd,
    media_pico_usd::hugeint as media_pico_usd,
    storage_pico_usd::hugeint as storage_pico_usd,
    cost_pico_usd::hugeint as cost_pico_usd,
    cost_upper_pico_usd::hugeint as cost_upper_pico_usd,
    coalesce(known_pico_usd, 0)::hugeint as known_pico_usd,
    coalesce(estimated_pico_usd, 0)::hugeint as estimated_pico_usd,
    coalesce(unowned_pico_usd, 0)::hugeint as unowned_pico_usd,
    coalesce(unpriced_calls, 0)::bigint as unpriced_calls,
    unbounded_calls::bigint as unbounded_calls
from sums
-- Superseded calls leave rows that cancel out. A sum of unsampled exchanges may belong to calls counted elsewhere.
where calls <> 0
    or cost_pico_usd <> 0
    or unbounded_calls <> 0
    or input_tokens <> 0
    or output_tokens <> 0
order by bucket_start, cost_pico_usd desc, model, team, cost_center, feature
