-- Explicit context caches: what was heard of them, and which hours of their storage were billed.

-- Append-only, from the spans that make, change, delete or look at a cache, in their transaction. How long a cache
-- lives is the fold of its events (settle/caches/life.py).
create table cache_events (
    cache_id varchar not null,             -- the last part of its name: a call may give it without the rest
    cache_name varchar not null,
    event varchar not null,                -- created, seen, deleted, gone
    at_unix_nano bigint not null,          -- when the call was made
    tokens bigint,
    create_unix_seconds bigint,            -- these two by Google's clock
    expire_unix_seconds bigint,            -- of a deleted cache: when it was deleted
    model varchar,
    provider varchar,
    platform varchar,
    region varchar,
    server_address varchar,
    account_project varchar,
    account_location varchar,
    account_key_digest varchar,
    service_name varchar,
    team varchar,
    feature varchar,
    user_id varchar,
    environment varchar,
    prompt_version varchar,
    purpose varchar,
    cost_pico_usd bigint,                  -- of a creation: what it cost
    cost_status varchar,
    trace_id uuid,
    span_id ubigint
);

-- Append-only: each row is a charge in spans. What was billed for an hour is the sum of its rows.
create table cache_charges (
    cache_id varchar not null,
    hour_unix_seconds bigint not null,
    number integer not null,               -- 0, and from 1 on corrections
    billed_as varchar not null,            -- whose account, who pays, how sure: JSON of columns of spans
    cost_pico_usd bigint,                  -- negative where it takes back; null where there is no rate
    cost_upper_pico_usd bigint,
    until_unix_seconds bigint not null     -- up to when the cache's storage was billed by then
);
