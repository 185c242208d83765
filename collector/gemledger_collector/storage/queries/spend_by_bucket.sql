-- Calls, tokens and money in [$since, $until), per bucket and attribution, out of the ledger.
-- The buckets come from the caller: which slots make up a day depends on the time zone and its clock changes. A slot's is
-- looked up in a list by arithmetic: a join would cost as much as all the sums. A dimension that is not asked for is
-- null throughout and groups nothing. Cases rather than filters: a filter copies the rows it lets through.
-- A list of ``only_`` chooses any of its values; the empty text stands for calls that have none.
select
    ($bucket_starts::bigint[])[(slot_unix_seconds - $first) // $step + 1] as bucket_start,
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
    sum(calls)::bigint as calls,
    sum(errors)::bigint as errors,
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
    sum(case when cost_status in ('exact', 'lower_bound') then cost_pico_usd else 0 end) as known_pico_usd,
    sum(case when cost_status = 'estimated' then cost_pico_usd else 0 end) as estimated_pico_usd,
    sum(case when ledger.team is null then cost_pico_usd else 0 end) as unowned_pico_usd,
    sum(case when cost_status = 'unpriced' then unbounded_calls else 0 end)::bigint as unpriced_calls,
    sum(unbounded_calls)::bigint as unbounded_calls
from ledger
where slot_unix_seconds >= $since
  and slot_unix_seconds < $until
  and ($only_model::varchar[] is null or list_contains($only_model, coalesce(ledger.response_model, '')))
  and ($only_team::varchar[] is null or list_contains($only_team, coalesce(ledger.team, '')))
  and ($only_cost_center::varchar[] is null or list_contains($only_cost_center, coalesce(ledger.cost_center, '')))
  and ($only_feature::varchar[] is null or list_contains($only_feature, coalesce(ledger.feature, '')))
  and ($only_environment::varchar[] is null or list_contains($only_environment, coalesce(ledger.environment, '')))
  and ($only_prompt_version::varchar[] is null or list_contains($only_prompt_version, coalesce(ledger.prompt_version, '')))
  and ($only_service::varchar[] is null or list_contains($only_service, coalesce(ledger.service_name, '')))
  and ($only_purpose::varchar[] is null or list_contains($only_purpose, coalesce(ledger.purpose, '')))
  and ($only_platform::varchar[] is null or list_contains($only_platform, coalesce(ledger.platform, '')))
  and ($only_service_tier::varchar[] is null or list_contains($only_service_tier, coalesce(ledger.service_tier, '')))
group by all
-- Superseded calls leave rows that cancel out. A sum of unsampled exchanges may belong to calls counted elsewhere.
having sum(ledger.calls) <> 0
    or sum(ledger.cost_pico_usd) <> 0
    or sum(ledger.unbounded_calls) <> 0
    or sum(ledger.input_tokens) <> 0
    or sum(ledger.output_tokens) <> 0
order by bucket_start, sum(ledger.cost_pico_usd) desc, model, team, cost_center, feature
