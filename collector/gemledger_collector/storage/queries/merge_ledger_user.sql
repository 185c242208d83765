-- The deltas of some days, summed: one row a user and status. Of a day that is over the dearest $most_users stay by name;
-- the others become $other, and so does what came for one of them later: it has no calls, or fewer than none.
with merged as (
    select
        day_unix_seconds,
        user_id,
        cost_status,
        sum(calls) as calls,
        sum(errors) as errors,
        sum(input_tokens) as input_tokens,
        sum(cache_read_tokens) as cache_read_tokens,
        sum(tool_use_tokens) as tool_use_tokens,
        sum(output_tokens) as output_tokens,
        sum(thoughts_tokens) as thoughts_tokens,
        sum(cost_pico_usd) as cost_pico_usd,
        sum(above_cost_pico_usd) as above_cost_pico_usd,
        sum(unbounded_calls) as unbounded_calls,
        sum(folded_users) as folded_users
    from ledger_user
    where day_unix_seconds in (select unnest($slots::bigint[]))
    group by all
),
users as (
    select
        day_unix_seconds,
        user_id,
        min(cost_status) as first_status,
        sum(calls) as calls,
        row_number() over (
            partition by day_unix_seconds
            order by user_id = $other, sum(calls) > 0 desc, sum(cost_pico_usd) desc, sum(calls) desc, user_id
        ) as rank,
        bool_or(user_id = $other) over (partition by day_unix_seconds) as has_other
    from merged
    group by day_unix_seconds, user_id
),
named as (
    select
        merged.*,
        $is_over and merged.user_id <> $other and (rank > $most_users or (has_other and users.calls <= 0)) as is_folded,
        (merged.cost_status = first_status and users.calls > 0)::bigint as counts
    from merged
    inner join users
        on users.day_unix_seconds = merged.day_unix_seconds
       and users.user_id = merged.user_id
)
select
    day_unix_seconds,
    case when is_folded then $other else user_id end as user_id,
    cost_status,
    sum(calls) as calls,
    sum(errors) as errors,
    sum(input_tokens) as input_tokens,
    sum(cache_read_tokens) as cache_read_tokens,
    sum(tool_use_tokens) as tool_use_tokens,
    sum(output_tokens) as output_tokens,
    sum(thoughts_tokens) as thoughts_tokens,
    sum(cost_pico_usd) as cost_pico_usd,
    sum(above_cost_pico_usd) as above_cost_pico_usd,
    sum(unbounded_calls) as unbounded_calls,
    sum(folded_users + case when is_folded then counts else 0 end) as folded_users
from named
group by all
