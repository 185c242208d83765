-- What all users of the days [$since, $until) come to, how many there are by name, and how many are in the row of the rest.
with by_user as (
    select user_id
    from ledger_user
    where day_unix_seconds >= $since
      and day_unix_seconds < $until
      and user_id <> $other
    group by user_id
    having sum(calls) <> 0 or sum(cost_pico_usd) <> 0 or sum(unbounded_calls) <> 0
)
select
    (select count(*) from by_user) as user_count,
    coalesce(sum(folded_users), 0)::bigint as folded_users,
    coalesce(sum(calls), 0)::bigint as calls,
    coalesce(sum(errors), 0)::bigint as errors,
    coalesce(sum(input_tokens), 0)::hugeint as input_tokens,
    coalesce(sum(cache_read_tokens), 0)::hugeint as cache_read_tokens,
    coalesce(sum(tool_use_tokens), 0)::hugeint as tool_use_tokens,
    coalesce(sum(output_tokens), 0)::hugeint as output_tokens,
    coalesce(sum(thoughts_tokens), 0)::hugeint as thoughts_tokens,
    coalesce(sum(cost_pico_usd), 0)::hugeint as cost_pico_usd,
    coalesce(sum(cost_pico_usd) filter (cost_status in ('exact', 'lower_bound')), 0)::hugeint as known_pico_usd,
    coalesce(sum(cost_pico_usd) filter (cost_status = 'estimated'), 0)::hugeint as estimated_pico_usd,
    coalesce(sum(cost_pico_usd + above_cost_pico_usd), 0)::hugeint as cost_upper_pico_usd,
    coalesce(sum(unbounded_calls) filter (cost_status = 'unpriced'), 0)::bigint as unpriced_calls,
    coalesce(sum(unbounded_calls), 0)::bigint as unbounded_calls
from ledger_user
where day_unix_seconds >= $since
  and day_unix_seconds < $until
