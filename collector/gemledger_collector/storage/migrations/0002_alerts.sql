-- Alerts and what was sent about them. Small tables: rows are deleted and inserted, no key and no index.

-- One row per stay outside `inactive`; (fingerprint, started_at_unix_nano) names it.
create table alerts (
    fingerprint varchar not null,
    rule varchar not null,
    kind varchar not null,                 -- budget, rule
    severity varchar not null,
    filter varchar not null,               -- JSON object: attribution the rule is limited to
    threshold_percent integer,             -- budgets
    state varchar not null,                -- pending, firing, resolved
    window_start_unix_nano bigint not null,
    window_end_unix_nano bigint not null,
    value_pico_usd hugeint not null,
    limit_pico_usd hugeint not null,
    started_at_unix_nano bigint not null,
    firing_since_unix_nano bigint,
    resolved_at_unix_nano bigint,
    notified_at_unix_nano bigint,          -- null: nobody was told
    reason varchar not null,
    cause varchar not null,
    summary varchar not null
);

-- The outbox and the log of what was sent: written with the alert's change, before anything is sent.
create table notifications (
    notification_id varchar not null,      -- the receiver's key against doubles
    created_at_unix_nano bigint not null,
    sequence integer not null,             -- order among the messages of one evaluation
    channel varchar not null,
    rule varchar not null,
    fingerprint varchar not null,
    status varchar not null,               -- firing, resolved
    reason varchar not null,
    body varchar not null,
    attempts integer not null,
    next_attempt_unix_nano bigint,         -- null: delivered or given up
    delivered_at_unix_nano bigint,
    error varchar
);
