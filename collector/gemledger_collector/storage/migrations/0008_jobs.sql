-- What runs on at Google's after the call that asked for it: batches, videos, background interactions.

-- Append-only, from the spans that name a job, in their transaction. What a job is now is the fold: the view jobs.
create table job_events (
    job_name varchar not null,             -- Google's
    event varchar not null,                -- submitted, seen (once a state), settled, ready (Google said so)
    kind varchar,                          -- batch, video, interaction
    at_unix_nano bigint not null,
    submitted_unix_nano bigint,            -- where the event tells it; a settlement does by Google's clock
    state varchar,                         -- pending, running, succeeded, failed, cancelled, expired, …
    model varchar,
    requests bigint,
    committed_pico_usd bigint,             -- what the job was expected to cost
    settlement_id varchar,                 -- of a settled event; the rest is what it settled
    settlements bigint,                    -- how many of them make up the job's bill
    results_ok bigint,
    results_failed bigint,
    results_broken bigint,
    cost_pico_usd bigint,
    cost_status varchar,
    service_name varchar,                  -- who submitted it; of a settled event whoever fetched it
    team varchar,
    feature varchar,
    user_id varchar,
    environment varchar,
    prompt_version varchar,
    purpose varchar,
    trace_id uuid,
    span_id ubigint
);
