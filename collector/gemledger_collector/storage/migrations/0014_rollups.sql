-- Two more rollups beside the ledger, append-only deltas like it: how long calls took, and what each user cost.

-- Buckets are 5 % wide, so the middle of a bucket is within 2.5 % of every call in it, and sums of buckets are exact.
create macro latency_bucket(milliseconds) as
    floor(ln(least(greatest(milliseconds, 0.001), 1e12)) / ln(1.05))::smallint;

create table latency (
    slot_unix_seconds bigint not null,     -- start of the call's 15-minute slot
    service_name varchar,
    platform varchar,
    response_model varchar,                -- the requested model where none answered
    service_tier varchar,
    purpose varchar,
    team varchar,
    feature varchar,
    environment varchar,
    prompt_version varchar,
    cost_center varchar,
    failed boolean not null,
    metric varchar not null,               -- duration, time_to_first_chunk
    bucket smallint not null,              -- floor(log(milliseconds) / log(1.05))
    calls bigint not null
);

-- By the UTC day of the call's start. Of a day that is over, the dearest users by name and the rest as '(other)'.
create table ledger_user (
    day_unix_seconds bigint not null,
    user_id varchar not null,
    cost_status varchar not null,
    calls bigint not null,
    errors bigint not null,
    input_tokens bigint not null,
    cache_read_tokens bigint not null,
    tool_use_tokens bigint not null,
    output_tokens bigint not null,
    thoughts_tokens bigint not null,
    cost_pico_usd hugeint not null,
    above_cost_pico_usd hugeint not null,
    unbounded_calls bigint not null,
    folded_users bigint not null default 0 -- how many users a row of '(other)' stands for
);

-- What compaction left of each slot of a rollup: when its rows are as many, nothing has come since.
create table rollup_slots (
    rollup varchar not null,
    slot_unix_seconds bigint not null,
    row_count bigint not null
);

insert into latency by name
select
    start_time_unix_nano // 900_000_000_000 * 900 as slot_unix_seconds,
    service_name,
    platform,
    coalesce(response_model, request_model) as response_model,
    service_tier,
    purpose,
    team,
    feature,
    environment,
    prompt_version,
    cost_center,
    error_type is not null as failed,
    metric,
    latency_bucket(milliseconds) as bucket,
    count(*) as calls
from (
    select *, 'duration' as metric, duration_nano / 1e6 as milliseconds
    from spans
    where duration_nano >= 0
    union all
    select *, 'time_to_first_chunk' as metric, time_to_first_chunk_seconds * 1000 as milliseconds
    from spans
    where time_to_first_chunk_seconds >= 0 and isfinite(time_to_first_chunk_seconds)
)
where cost_status is not null and superseded_by is null and unsampled_calls is null
group by all;

insert into ledger_user by name
select
    start_time_unix_nano // 86_400_000_000_000 * 86_400 as day_unix_seconds,
    user_id,
    cost_status,
    sum(coalesce(unsampled_calls, 1)) as calls,
    coalesce(sum(coalesce(unsampled_errors, unsampled_calls, 1)) filter (error_type is not null), 0) as errors,
    coalesce(sum(input_tokens), 0) as input_tokens,
    coalesce(sum(cache_read_tokens), 0) as cache_read_tokens,
    coalesce(sum(tool_use_tokens), 0) as tool_use_tokens,
    coalesce(sum(output_tokens), 0) as output_tokens,
    coalesce(sum(thoughts_tokens), 0) as thoughts_tokens,
    coalesce(sum(cost_pico_usd), 0) as cost_pico_usd,
    coalesce(sum(cost_upper_pico_usd - cost_pico_usd), 0) as above_cost_pico_usd,
    coalesce(
        sum(greatest(coalesce(unsampled_calls, 1), 1)) filter (
            cost_status = 'unpriced' or (cost_status = 'lower_bound' and cost_upper_pico_usd is null)
        ),
        0
    ) as unbounded_calls,
    0 as folded_users
from spans
where user_id is not null and cost_status is not null and superseded_by is null
group by all;
