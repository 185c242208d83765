-- Calls, tokens and money in the window [$since_slot, $until_slot) and in the baseline before it: all of the time from
-- $baseline_slot to $baseline_until_slot, or the window's own hours of each day of it ($seconds_of_day). Token classes do
-- not overlap here.
-- Rows of no cost stay out: calls that failed, were free or have no price are no part of an excess, nor of its volume.
-- Two rows a key rather than filtered sums: a filter copies the rows it lets through.
select
    team,
    feature,
    response_model as model,
    prompt_version,
    slot_unix_seconds >= $since_slot as in_window,
    sum(calls) as calls,
    sum(input_tokens - cache_read_tokens - tool_use_tokens) as input_tokens,
    sum(cache_read_tokens) as cache_read_tokens,
    sum(tool_use_tokens) as tool_use_tokens,
    sum(output_tokens - thoughts_tokens) as answer_tokens,
    sum(thoughts_tokens) as thoughts_tokens,
    sum(input_pico_usd) as input_pico_usd,
    sum(cache_read_pico_usd) as cache_read_pico_usd,
    sum(tool_use_pico_usd) as tool_use_pico_usd,
    sum(output_pico_usd) as answer_pico_usd,
    sum(thoughts_pico_usd) as thoughts_pico_usd,
    sum(storage_pico_usd) as storage_pico_usd,
    sum(cost_pico_usd) as cost_pico_usd
from ledger
where slot_unix_seconds >= $baseline_slot
  and slot_unix_seconds < $until_slot
  and cost_pico_usd <> 0
  and (
      slot_unix_seconds >= $since_slot
      or (
          slot_unix_seconds < $baseline_until_slot
          and ((slot_unix_seconds - $since_slot) % 86400 + 86400) % 86400 < $seconds_of_day
      )
  )
  and ($team::varchar[] is null or list_contains($team, coalesce(team, '')))
  and ($cost_center::varchar[] is null or list_contains($cost_center, coalesce(cost_center, '')))
  and ($feature::varchar[] is null or list_contains($feature, coalesce(feature, '')))
  and ($model::varchar[] is null or list_contains($model, coalesce(response_model, '')))
  and ($environment::varchar[] is null or list_contains($environment, coalesce(environment, '')))
  and ($prompt_version::varchar[] is null or list_contains($prompt_version, coalesce(prompt_version, '')))
  and ($service::varchar[] is null or list_contains($service, coalesce(service_name, '')))
  and ($platform::varchar[] is null or list_contains($platform, coalesce(platform, '')))
  and ($service_tier::varchar[] is null or list_contains($service_tier, coalesce(service_tier, '')))
  and ($purpose::varchar[] is null or list_contains($purpose, coalesce(purpose, '')))
group by all
order by all
