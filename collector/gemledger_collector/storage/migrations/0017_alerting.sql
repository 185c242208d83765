-- Alerts about anything that is measured, told in groups; silences; money that is reserved before it is spent.

alter table alerts rename column value_pico_usd to value;
alter table alerts rename column limit_pico_usd to limit_value;
alter table alerts add column unit varchar default 'pico_usd';     -- pico_usd, billionths, microseconds, count
alter table alerts add column metric varchar;                      -- of a rule; null: money
alter table alerts add column labels varchar default '{}';         -- JSON object: what the configuration adds
alter table alerts add column annotations varchar default '{}';    -- JSON object
alter table alerts add column last_breached_at_unix_nano bigint;   -- when the condition last held
alter table alerts add column evidence varchar;                    -- JSON: parts of the excess, and who contributed

-- A message is about a group of alerts; `fingerprint` is that of the first.
alter table notifications add column group_key varchar;
alter table notifications add column fingerprints varchar;         -- JSON array

-- What was last said about a group to a channel: whoever asks again within the interval is not told twice.
create table alert_groups (
    channel varchar not null,
    group_key varchar not null,            -- route and group labels
    began_at_unix_nano bigint not null,    -- when its first alert came
    notified_at_unix_nano bigint,          -- null: nobody was told yet
    told_firing varchar not null           -- JSON array of fingerprint/started_at: what the channel believes to fire
);

create table silences (
    silence_id varchar not null,
    matchers varchar not null,             -- JSON array of strings such as team="growth"
    starts_at_unix_nano bigint not null,
    ends_at_unix_nano bigint not null,     -- what is expired ends early; nothing is deleted
    created_by varchar not null,
    comment varchar not null,
    created_at_unix_nano bigint not null,
    updated_at_unix_nano bigint not null
);

-- Money an app asked for before it spent it.
create table reservations (
    reservation_id varchar not null,
    labels varchar not null,               -- JSON object: for whom
    budgets varchar not null,              -- JSON array: the budgets it was reserved in
    amount_pico_usd hugeint not null,
    created_at_unix_nano bigint not null,
    expires_at_unix_nano bigint not null,
    settled_at_unix_nano bigint,           -- null: still open, or expired
    settled_pico_usd hugeint               -- what the calls under it cost
);
