-- Spans that tell of a call another span already counts for.
-- Two instrumentations in one process see the same call: same trace, same response id, another scope. Ours wins,
-- else whichever came first (rowid grows with arrival). Their start times differ by their own overhead only, so a
-- range around the arriving ones finds them without reading the rest of the table.
with keys as (
    select distinct trace_id::uuid as trace_id, response_id
    from arriving_ids
),
near as (
    select rowid as arrival, trace_id, span_id, start_time_unix_nano, scope_name, response_id, other_response_ids
    from spans
    where start_time_unix_nano between $first_start and $last_start
      and cost_status is not null
      and superseded_by is null
      and unsampled_calls is null    -- a sum of calls doubles none of them
),
named as (
    select * exclude (other_response_ids) from near
    union
    select * exclude (response_id, other_response_ids), unnest(other_response_ids) as response_id
    from near
    where other_response_ids is not null
),
ranked as (
    select
        named.*,
        first_value(span_id) over call as winner,
        first_value(scope_name) over call as winner_scope
    from named
    inner join keys using (trace_id, response_id)
    window call as (
        partition by trace_id, response_id
        order by scope_name is not distinct from $our_scope desc, arrival
        rows between unbounded preceding and unbounded following
    )
)
select trace_id, span_id, start_time_unix_nano, any_value(winner) as winner
from ranked
where scope_name is distinct from winner_scope    -- one instrumentation never doubles itself
group by all
