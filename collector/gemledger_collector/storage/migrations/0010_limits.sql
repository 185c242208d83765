-- Rate limits: what counts against them, summed with everything else, and what 429s told of them.

alter table ledger add column requests bigint;              -- that Google let in, and counts against a model's limits
alter table ledger add column request_input_tokens bigint;  -- the input tokens of those
alter table ledger add column retries bigint;               -- tries that followed one that failed

-- Requests that Google let in, of one call or of a sum: every try but those that were refused with 429. Each call of a
-- sum has the same retry_statuses, which name the tries that failed where there were several.
create macro admitted_requests(attempts, exchanges, calls, errors, error_type, retry_statuses) as
    greatest(
        coalesce(attempts, exchanges, calls)
        - case
            when retry_statuses is not null
                then calls * (length(retry_statuses) - length(replace(retry_statuses, '429', ''))) // 3
            when error_type = '429' then errors
            else 0
        end,
        0
    );

-- The newest that is known of each limit; a few rows.
create table rate_limits (
    project varchar not null,              -- '' where a span names none
    key_digest varchar not null,
    model varchar not null,
    quota_id varchar not null,             -- '' where a 429 named no limit, but when to come back
    quota_metric varchar,
    unit varchar,                          -- requests, input_tokens
    quota_window varchar,                  -- minute, day
    limit_value bigint,
    retry_delay_seconds double,
    learned_unix_nano bigint not null      -- start of the call that was refused
);
