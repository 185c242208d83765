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
    settled_calls bigint,
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
        -- The end of a job is said for good, whatever later looks that were told earlier say.
        if(state in ('pending', 'queued', 'running', 'in_progress', 'updating', 'paused'), 0, 1) as finality
    from job_events
),
folded as (
    select
        job_name as name,
        any_value(kind) as kind,
        first(model order by event = 'settled', at_unix_nano) filter (model is not null) as model,
        min(submitted_unix_nano) filter (event = 'submitted') as called_unix_nano,
        min(submitted_unix_nano) as first_known_unix_nano,
        arg_max(state, (finality, at_unix_nano)) as google_state,
        count(*) filter (event = 'ready') > 0 as told_ready,
        max(requests) as requests,
        max(committed_pico_usd) as expected_pico_usd,
        max(results_ok) as results_ok,
        max(results_failed) as results_failed,
        max(results_broken) as results_broken,
        count(*) filter (event = 'settled') as settlements,
        coalesce(max(settlements), 1) as settlements_expected,
        max(at_unix_nano) filter (event = 'settled') as settled_unix_nano,
        sum(settled_calls)::bigint as settled_calls,
        sum(cost_pico_usd)::hugeint as cost_pico_usd,
        count(*) filter (event = 'settled' and cost_status = 'unpriced') as unpriced_settlements,
        max(case cost_status when 'exact' then 1 when 'lower_bound' then 2 when 'estimated' then 3 when 'unpriced' then 4 end)
            as doubt,
        -- Who pays: the call that submitted the job; while nobody knows that, whoever told of the job first.
        arg_min(
            {
                service_name: service_name, team: team, feature: feature, user_id: user_id,
                environment: environment, prompt_version: prompt_version, purpose: purpose
            },
            (event <> 'submitted', at_unix_nano, span_id)
        ) as payer
    from facts
    group by job_name
)
select
    name,
    kind,
    model,
    make_timestamp(coalesce(called_unix_nano, first_known_unix_nano) // 1000) as submitted_at,
    case
        when settlements >= settlements_expected then 'settled'
        when settlements > 0 then 'settling'                    -- a part of its bill is still to be told
        when google_state in ('failed', 'cancelled', 'expired') then google_state
        when told_ready or google_state in ('succeeded', 'partially_succeeded', 'completed') then 'ready'
        else coalesce(google_state, 'pending')
    end as state,
    google_state,
    requests,
    coalesce(results_ok, settled_calls) as results_ok,
    results_failed,
    results_broken,
    -- Until the job settles or ends without a bill. 48 hours after its submission Google has ended it: see overdue_at.
    if(settlements > 0 or google_state in ('failed', 'cancelled', 'expired'), null, expected_pico_usd) as committed_pico_usd,
    expected_pico_usd,
    cost_pico_usd,
    case doubt when 1 then 'exact' when 2 then 'lower_bound' when 3 then 'estimated' when 4 then 'unpriced' end as cost_status,
    unpriced_settlements,
    settlements,
    settlements_expected,
    make_timestamp(settled_unix_nano // 1000) as settled_at,
    if(
        settlements > 0 or google_state in ('failed', 'cancelled', 'expired'),
        null,
        make_timestamp(coalesce(called_unix_nano, first_known_unix_nano) // 1000) + interval 48 hours
    ) as overdue_at,
    payer.team as team,
    payer.feature as feature,
    payer.user_id as user_id,
    payer.environment as environment,
    payer.prompt_version as prompt_version,
    payer.service_name as service_name,
    payer.purpose as purpose,
    coalesce(called_unix_nano, first_known_unix_nano) as submitted_unix_nano,
    settled_unix_nano
from folded;
