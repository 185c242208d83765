-- Who pays and at what price, decided again: rules and books change, and what is stored follows.

-- What the rules made of whoever submits a job or makes a cache: what is billed for it later is theirs as well.
alter table job_events add column cost_center varchar;
alter table job_events add column attribution_rule varchar;
alter table cache_events add column cost_center varchar;
alter table cache_events add column attribution_rule varchar;

-- One row per run over what is stored, of a re-pricing or of new attribution rules: what is to be done, how far it is
-- (everything that began before cursor_unix_nano is done), and what it has changed so far. A few rows.
create table revisions (
    revision_id varchar not null,
    kind varchar not null,                 -- price, attribution
    state varchar not null,                -- running, done, failed, replaced (by newer rules)
    created_unix_nano bigint not null,
    finished_unix_nano bigint,
    actor varchar not null,
    dry_run boolean not null,              -- says what would change, and changes nothing
    since_unix_nano bigint not null,       -- starts of the calls it is about
    until_unix_nano bigint not null,       -- exclusive
    cursor_unix_nano bigint not null,
    book varchar,                          -- of a re-pricing: the version of the book
    settings varchar,                      -- the overlay's TOML, null for the collector's own; or the rules, as JSON
    looked_at bigint not null,             -- charges
    changed bigint not null,
    difference varchar not null,           -- JSON: changes by day or month and by model or payer
    error varchar
);

-- Both versions of every charge that was priced again; append-only.
create table price_changes (
    revision_id varchar not null,
    changed_unix_nano bigint not null,
    actor varchar not null,
    start_time_unix_nano bigint not null,
    trace_id uuid not null,
    span_id ubigint not null,
    model varchar,
    old_cost_pico_usd bigint,
    old_cost_upper_pico_usd bigint,
    old_cost_status varchar,
    old_cost_reasons varchar,
    old_price_book varchar,
    old_price_row varchar,
    old_long_context boolean,
    old_input_pico_usd bigint,
    old_cache_read_pico_usd bigint,
    old_tool_use_pico_usd bigint,
    old_output_pico_usd bigint,
    old_thoughts_pico_usd bigint,
    old_grounding_pico_usd bigint,
    old_maps_pico_usd bigint,
    old_media_pico_usd bigint,
    old_storage_pico_usd bigint,
    new_cost_pico_usd bigint,
    new_cost_upper_pico_usd bigint,
    new_cost_status varchar,
    new_cost_reasons varchar,
    new_price_book varchar,
    new_price_row varchar,
    new_long_context boolean,
    new_input_pico_usd bigint,
    new_cache_read_pico_usd bigint,
    new_tool_use_pico_usd bigint,
    new_output_pico_usd bigint,
    new_thoughts_pico_usd bigint,
    new_grounding_pico_usd bigint,
    new_maps_pico_usd bigint,
    new_media_pico_usd bigint,
    new_storage_pico_usd bigint
);
