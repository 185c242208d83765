-- Which slots each service called in since $since, and whether its calls told of tokens.
select
    coalesce(service_name, '') as service,
    slot_unix_seconds as slot,
    sum(calls)::bigint as calls,
    sum(errors)::bigint as errors,
    coalesce(sum(requests), 0)::bigint as requests,
    coalesce(sum(request_input_tokens), 0)::hugeint::double as request_tokens
from ledger
where slot_unix_seconds >= $since
  and slot_unix_seconds <= $until
group by all
having sum(calls) > 0
order by service, slot
