-- What was used of each model, by project and key: in the minute that ends at $now out of spans, in the day out of the
-- ledger. A sum of unsampled calls counts at the start of its 15 seconds.
with last_minute as (
    select
        coalesce(response_model, request_model, '') as model,
        coalesce(account_project, '') as project,
        coalesce(account_key_digest, '') as key_digest,
        sum(admitted_requests(
            attempts, exchanges, coalesce(unsampled_calls, 1), coalesce(unsampled_errors, unsampled_calls, 1),
            error_type, retry_statuses
        )) as minute_requests,
        coalesce(sum(input_tokens), 0) as minute_input_tokens,
        coalesce(sum(coalesce(unsampled_errors, unsampled_calls, 1)) filter (error_type = '429'), 0) as minute_refused
    from spans
    where start_time_unix_nano > $now - 60_000_000_000
      and start_time_unix_nano <= $now
      and cost_status is not null
      and superseded_by is null
      and list_contains($limited_operations, operation)
      and (settlement_id is null or unsampled_calls is null)    -- what was settled later was asked for earlier
    group by all
),
today as (
    select
        coalesce(response_model, '') as model,
        coalesce(account_project, '') as project,
        coalesce(account_key_digest, '') as key_digest,
        sum(coalesce(requests, calls - rate_limited_errors)) as day_requests,
        sum(coalesce(request_input_tokens, input_tokens)) as day_input_tokens,
        sum(rate_limited_errors) as day_refused
    from ledger
    where slot_unix_seconds >= $day_start
      and slot_unix_seconds < $day_end
    group by all
)
select
    model,
    project,
    key_digest,
    coalesce(minute_requests, 0)::bigint as minute_requests,
    coalesce(minute_input_tokens, 0)::bigint as minute_input_tokens,
    coalesce(minute_refused, 0)::bigint as minute_refused,
    coalesce(day_requests, 0)::bigint as day_requests,
    coalesce(day_input_tokens, 0)::bigint as day_input_tokens,
    coalesce(day_refused, 0)::bigint as day_refused
from last_minute
full outer join today using (model, project, key_digest)
where minute_requests <> 0 or minute_refused <> 0 or day_requests <> 0 or day_refused <> 0
order by day_requests desc, model, project, key_digest
limit $most
