-- Of the suspected response ids those that several instrumentations told, with every span that tells them.
-- Ours counts, else whichever does already, else whichever came first (rowid grows with arrival). A span that is
-- superseded speaks for the one that counts instead. The answer for an id is complete where the range has that one,
-- has every span that arrives with it, and has a committed one if any is expected: only one scope can count so far.
with keys as materialized (
    select
        key,
        trace_id::uuid as trace_id,
        response_id,
        bool_or(told_before) as told_before,
        min(start_time_unix_nano) >= $first_start and max(start_time_unix_nano) <= $last_start as within
    from suspects
    group by all
),
near as materialized (
    select rowid as arrival, trace_id, span_id, start_time_unix_nano, scope_name, superseded_by, response_id, other_response_ids
    from spans
    semi join keys using (trace_id)
    where start_time_unix_nano between $first_start and $last_start
      and cost_status is not null
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
        keys.key,
        keys.told_before,
        keys.within,
        named.*,
        first_value(coalesce(superseded_by, span_id)) over call as winner,
        min(coalesce(scope_name, '')) over call <> max(coalesce(scope_name, '')) over call as several
    from named
    inner join keys using (trace_id, response_id)
    window call as (
        partition by keys.key
        order by scope_name is not distinct from $our_scope desc, superseded_by is not null desc, arrival
        rows between unbounded preceding and unbounded following
    )
)
select
    ranked.key,
    ranked.trace_id,
    ranked.span_id,
    ranked.start_time_unix_nano,
    ranked.winner,
    winners.start_time_unix_nano as winner_start_time_unix_nano,
    ranked.superseded_by is null
        and ranked.span_id <> ranked.winner
        and ranked.scope_name is distinct from $our_scope
        -- One instrumentation never doubles itself.
        and (winners.span_id is null or ranked.scope_name is distinct from winners.scope_name) as doubled,
    ranked.within
        and bool_and(ranked.superseded_by is null or counting.span_id is not null) over (partition by ranked.key)
        -- Rows of the running transaction are numbered from 2^55.
        and (not ranked.told_before or bool_or(ranked.arrival < 36_000_000_000_000_000) over (partition by ranked.key)) as complete
from ranked
left join near as winners
    on winners.trace_id = ranked.trace_id and winners.span_id = ranked.winner
left join near as counting
    on counting.trace_id = ranked.trace_id and counting.span_id = ranked.superseded_by
where ranked.several
