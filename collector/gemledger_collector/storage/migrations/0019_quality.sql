-- How an answer came to be judged, what people say of answers, and what the judge says of known ones.

alter table evaluations add column kind varchar;                   -- check: a deterministic one; null: a judge model
alter table evaluations add column inclusion_probability double;   -- how likely it was to be picked; null: sample_rate
alter table evaluations add column sampled_because varchar;        -- rate, every, floor, burst or a boost; null: rate
alter table evaluations add column representative boolean;         -- whether it was picked whatever it says; null: yes

alter table spans add column avg_logprobs double;                  -- of the answer's tokens, as the model says

-- What decides whether an answer is judged stands beside it: to join spans took longer than all the rest.
alter table contents add column capture_rate double;               -- share of traces the app captured; null: all
alter table contents add column answered boolean;                  -- whether there is an answer; null: look
alter table contents add column trace_position double;             -- hash of the trace id, 0 to 1; null: work it out
alter table contents add column conversation_position double;
alter table contents add column finish_reasons varchar;
alter table contents add column answer_tokens bigint;              -- thoughts not counted
alter table contents add column cost_pico_usd bigint;              -- when it arrived
alter table contents add column avg_logprobs double;

-- Where in a slot of time the floor put its limit for one feature and prompt version. Once written it never changes.
create table sampling_slots (
    rule varchar not null,
    feature varchar,
    prompt_version varchar,
    slot_start_unix_nano bigint not null,
    slot_end_unix_nano bigint not null,
    threshold double not null,             -- positions below it are in; 1: all are
    because varchar not null,              -- floor, burst, or every where there is no floor
    answers bigint not null,               -- how many there were to pick from
    answers_before bigint not null,        -- of this rule, feature and version before this slot: for `every`
    counted ubigint[],                     -- span ids of those that `every` picked; null: the rule does not count
    decided_at_unix_nano bigint not null
);

-- Money set aside for judge calls before they are made; what a crash left open counts as spent that day.
create table judge_reservations (
    reservation_id uuid not null,
    day_unix_seconds bigint not null,      -- start of the UTC day
    pico_usd bigint not null,
    reserved_at_unix_nano bigint not null,
    settled_at_unix_nano bigint            -- null: its cost may not be in the ledger
);

-- What a person said of a judged answer. The last label of a person for an answer and dimension counts.
create table human_labels (
    trace_id uuid not null,
    span_id ubigint not null,
    call_start_unix_nano bigint not null,
    dimension varchar not null,
    label varchar not null,                -- good, bad, cannot_tell
    note varchar,                          -- content: may quote the answer
    labelled_by varchar not null,
    source varchar not null,               -- dashboard, csv, api
    labelled_at_unix_nano bigint not null
);

-- The judge on a fixed set of answers whose labels are known, day after day: its own drift.
create table canary_verdicts (
    canary varchar not null,               -- name of the set
    canary_version varchar not null,
    item varchar not null,
    dimension varchar not null,
    rubric_version varchar not null,
    judge_model varchar not null,
    expected varchar not null,
    label varchar,                         -- null: an error
    score double,
    error varchar,
    day varchar not null,                  -- of the set's time zone, 2026-11-29
    judged_at_unix_nano bigint not null
);

-- What users and apps say of answers: thumbs, scores, comments.
create table feedback (
    feedback_id uuid not null,             -- the same feedback again adds nothing
    given_at_unix_nano bigint not null,
    received_at_unix_nano bigint not null,
    trace_id uuid,                         -- of the call, where known
    span_id ubigint,
    response_id varchar,
    name varchar not null,                 -- user_feedback, or what the app calls it
    label varchar,                         -- up, down
    score double,                          -- 0 to 1
    comment varchar,                       -- content, redacted on arrival
    user_id varchar,
    source varchar not null                -- app, api, dashboard
);

-- Which daily report went where: none is sent twice.
create table reports (
    report varchar not null,
    day varchar not null,                  -- of the report's time zone
    timezone varchar not null,
    channels varchar not null,             -- JSON array
    told_at_unix_nano bigint not null
);
