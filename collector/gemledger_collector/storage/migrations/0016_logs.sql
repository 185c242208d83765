-- What comes as log records of OpenTelemetry: evaluations that others made, and prompts and answers apart from spans.

-- Apart from `evaluations`, which is our judge's: its figures never mix with what others measure by their own scale.
create table external_evaluations (
    digest uuid not null,                  -- of the whole record: the same record again adds nothing
    time_unix_nano bigint not null,
    trace_id uuid,                         -- of the span it is about, where the sender said
    span_id ubigint,
    response_id varchar,
    service_name varchar,
    scope_name varchar,                    -- who evaluated
    name varchar not null,
    score double,
    label varchar,
    explanation varchar,
    error_type varchar
);

-- Content waits here until its span is there, a day at most.
create table pending_contents (
    digest uuid not null,
    time_unix_nano bigint not null,
    received_unix_nano bigint not null,
    trace_id uuid not null,
    span_id ubigint not null,
    whole boolean not null,                -- all of the call; false: one message of several
    input_messages varchar,
    output_messages varchar,
    system_instructions varchar,
    tool_definitions varchar
);

-- Records that were stored: each once, for ever.
create table log_digests (
    time_unix_nano bigint not null,
    digest uuid not null
);

alter table contents add column origin varchar;   -- logs; null: the span itself
