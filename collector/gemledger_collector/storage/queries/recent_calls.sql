-- What began in the slots [$since, $until], for gauges.
select
    coalesce(sum(calls), 0)::bigint as calls,
    coalesce(sum(errors), 0)::bigint as errors,
    coalesce(sum(cost_pico_usd), 0)::hugeint as cost_pico_usd,
    coalesce(sum(input_tokens), 0)::hugeint as input_tokens,
    coalesce(sum(cache_read_tokens), 0)::hugeint as cache_read_tokens
from ledger
where slot_unix_seconds >= $since
  and slot_unix_seconds <= $until
