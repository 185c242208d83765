-- What a judge said about one captured answer: one row per attempt. A row with an error has no label and
-- no score; the last row of a (rule, dimension, rubric version, call) is what counts.
create table evaluations (
    rule varchar not null,
    dimension varchar not null,
    rubric_version varchar not null,
    trace_id uuid not null,
    span_id ubigint not null,
    call_start_unix_nano bigint not null,
    response_id varchar,
    conversation_id varchar,
    team varchar,
    feature varchar,
    environment varchar,
    prompt_version varchar,
    model varchar,                         -- of the judged call
    label varchar,                         -- good, bad, cannot_tell; null: an error
    score double,                          -- 0 (bad) to 1 (good)
    evidence varchar,
    reason varchar,
    error varchar,
    attempt integer not null,
    judge_model varchar not null,
    sample_rate double not null,
    judged_at_unix_nano bigint not null
);
