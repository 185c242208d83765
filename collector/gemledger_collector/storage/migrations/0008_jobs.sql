-- What runs on at Google's after the call that asked for it: batches, videos, background interactions.

-- Append-only, from the spans that name a job, in their transaction. What a job is now is the fold: the view jobs.
create table job_events (
    job_name varchar not null,             -- Google's
    event varchar not null,                -- submitted, seen (once a state), ready (Google said so), settled
    kind varchar,                          -- batch, video, interaction
    at_unix_nano bigint not null,
    submitted_unix_nano bigint,            -- as far as the event knows; a settlement has it by Google's clock
    state varchar,                         -- Google's: pending, running, succeeded, failed, …
    model varchar,
    requests bigint,
    committed_pico_usd bigint,             -- what the job was expected to cost
    results_ok bigint,
    results_failed bigint,
    results_broken bigint,
    settlement_id varchar,                 -- of a settled event, and what it settled
    settlements bigint,                    -- how many of them make up the job's bill
    settlements_digest varchar,            -- which
    cost_pico_usd bigint,
    cost_status varchar,
    service_name varchar,                  -- who submitted it; of another event whoever looked
    team varchar,
    feature varchar,
    user_id varchar,
    environment varchar,
    prompt_version varchar,
    purpose varchar,
    labels map(varchar, varchar),
    trace_id uuid,
    span_id ubigint
);

create view jobs as
with facts as (
    select
        *,
        case
            when state in ('failed', 'cancelled', 'expired') then 'failed'
            when state in ('succeeded', 'partially_succeeded', 'completed', 'requires_action', 'incomplete') then 'ready'
            when state in ('running', 'in_progress', 'updating', 'paused', 'cancelling') then 'running'
            else 'pending'
        end as stage
    from job_events
),
folded as (
    select
        job_name as name,
        any_value(kind) as kind,
        first(model order by event = 'settled', at_unix_nano) filter (model is not null) as model,
        coalesce(min(submitted_unix_nano) filter (event = 'submitted'), min(submitted_unix_nano)) as submitted_unix_nano,
        -- The end of a job is said for good: a look from before it, told later, changes nothing.
        arg_max(
            {stage: stage, state: state},
            (event <> 'settled', stage in ('failed', 'ready'), at_unix_nano)
        ) as latest,
        max(requests) as requests,
        max(committed_pico_usd) as expected_pico_usd,
        max(results_ok) as results_ok,
        max(results_failed) as results_failed,
        max(results_broken) as results_broken,
        count(*) filter (event = 'settled') as settlements,
        coalesce(max(settlements), 1) as settlements_expected,
        max(at_unix_nano) filter (event = 'settled') as settled_unix_nano,
        sum(cost_pico_usd)::hugeint as cost_pico_usd,
        max(
            case cost_status when 'exact' then 1 when 'lower_bound' then 2 when 'estimated' then 3 when 'unpriced' then 4 end
        ) filter (event = 'settled') as doubt,
        -- Who pays: the call that submitted the job; until that is known, whoever told of the job first.
        arg_min(
            {
                service_name: service_name, team: team, feature: feature, user_id: user_id,
                environment: environment, prompt_version: prompt_version, purpose: purpose
            },
            (event <> 'submitted', at_unix_nano, span_id)
        ) as payer
    from facts
    group by job_name
    -- An interaction that settled with the call that waited for it was never open, whoever told of it.
    having any_value(kind) is distinct from 'interaction' or count(*) filter (event <> 'settled') > 0
),
staged as (
    select
        *,
        case
            when settlements >= settlements_expected then 'settled'
            when settlements > 0 then 'settling'
            when latest.stage = 'failed' then latest.state
            else latest.stage
        end as state
    from folded
)
select
    name,                                      -- Google's
    kind,                                      -- batch, video, interaction, tuning
    model,
    make_timestamp(submitted_unix_nano // 1000) as submitted_at,
    -- pending, running, ready (to be fetched), settling (a part of its bill is still to be told), settled; without a
    -- bill: failed, cancelled, expired. What is open too long is overdue as of a moment: see jobs_at.
    state,
    latest.state as google_state,              -- as Google said last
    requests,
    results_ok,                                -- lines of its results: with an answer, with an error (free), unreadable
    results_failed,
    results_broken,
    case when state in ('pending', 'running', 'ready') then expected_pico_usd end as committed_pico_usd,
    expected_pico_usd,                         -- what was committed when it was made
    case when settlements > 0 then cost_pico_usd end as cost_pico_usd,
    case doubt when 1 then 'exact' when 2 then 'lower_bound' when 3 then 'estimated' when 4 then 'unpriced' end as cost_status,
    settlements,                               -- charges that make up its bill: told, and to be told
    settlements_expected,
    make_timestamp(settled_unix_nano // 1000) as settled_at,
    -- Google ends what has run for 48 hours; a job that is open then will not settle, and is committed no longer.
    case
        when state in ('pending', 'running', 'ready') and kind is distinct from 'tuning'
            then make_timestamp(submitted_unix_nano // 1000) + interval 48 hours
    end as overdue_at,
    payer.team as team,
    payer.feature as feature,
    payer.user_id as user_id,
    payer.environment as environment,
    payer.prompt_version as prompt_version,
    payer.service_name as service_name,
    payer.purpose as purpose,
    submitted_unix_nano,
    settled_unix_nano
from staged;

-- The same as of a moment: what is overdue then, is committed no longer, and shown apart.
create macro jobs_at(now_unix_nano) as table
select
    * replace (
        case when is_overdue then 'overdue' else state end as state,
        case when not is_overdue then committed_pico_usd end as committed_pico_usd
    ),
    case when is_overdue then committed_pico_usd end as overdue_pico_usd
from (
    select *, coalesce(overdue_at <= make_timestamp(now_unix_nano::bigint // 1000), false) as is_overdue
    from jobs
);
