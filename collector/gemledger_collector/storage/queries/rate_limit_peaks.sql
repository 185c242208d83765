-- The busiest minute of the clock in [$since, $until) (unix nanoseconds), of each model by project and key.
with minutes as (
    select
        coalesce(response_model, request_model, '') as model,
        coalesce(account_project, '') as project,
        coalesce(account_key_digest, '') as key_digest,
        start_time_unix_nano // 60_000_000_000 as minute,
        sum(admitted_requests(
            attempts, exchanges, coalesce(unsampled_calls, 1), coalesce(unsampled_errors, unsampled_calls, 1),
            error_type, retry_statuses
        )) as requests,
        coalesce(sum(input_tokens), 0) as input_tokens
    from spans
    where start_time_unix_nano >= $since
      and start_time_unix_nano < $until
      and cost_status is not null
      and superseded_by is null
      and list_contains($limited_operations, operation)
      and (settlement_id is null or unsampled_calls is null)
    group by all
)
select
    model,
    project,
    key_digest,
    max(requests)::bigint as peak_requests,
    max(input_tokens)::bigint as peak_input_tokens
from minutes
group by all
