-- One page of the users of calls that began on the days [$since, $until), dearest first where nothing else is asked.
select
    user_id,
    sum(calls)::bigint as calls,
    sum(errors)::bigint as errors,
    sum(input_tokens)::hugeint as input_tokens,
    sum(cache_read_tokens)::hugeint as cache_read_tokens,
    sum(tool_use_tokens)::hugeint as tool_use_tokens,
    sum(output_tokens)::hugeint as output_tokens,
    sum(thoughts_tokens)::hugeint as thoughts_tokens,
    sum(cost_pico_usd)::hugeint as cost_pico_usd,
    coalesce(sum(cost_pico_usd) filter (cost_status in ('exact', 'lower_bound')), 0)::hugeint as known_pico_usd,
    coalesce(sum(cost_pico_usd) filter (cost_status = 'estimated'), 0)::hugeint as estimated_pico_usd,
    sum(cost_pico_usd + above_cost_pico_usd)::hugeint as cost_upper_pico_usd,
    coalesce(sum(unbounded_calls) filter (cost_status = 'unpriced'), 0)::bigint as unpriced_calls,
    sum(unbounded_calls)::bigint as unbounded_calls
from ledger_user
where day_unix_seconds >= $since
  and day_unix_seconds < $until
group by user_id
-- What was taken back leaves rows that cancel out.
having sum(calls) <> 0 or sum(cost_pico_usd) <> 0 or sum(unbounded_calls) <> 0
order by
    case $order when 'cost' then sum(cost_pico_usd) when 'calls' then sum(calls) when 'tokens' then sum(input_tokens + output_tokens) end
        desc nulls last,
    user_id
limit $limit
offset $offset
