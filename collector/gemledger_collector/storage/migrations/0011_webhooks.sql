-- What Google's webhooks told: who was heard before, and which jobs are still to be fetched for it.

-- Ids of deliveries that were taken, for longer than Google repeats one (24 hours).
create table webhook_ids (
    webhook_id varchar not null,               -- what makes a delivery the same: its id, or the digest of its token
    received_at_unix_nano bigint not null
);

create table webhook_events (
    webhook_id varchar not null,
    event_type varchar not null,
    kind varchar not null,                     -- batch, interaction, video
    job_name varchar not null,
    received_at_unix_nano bigint not null,
    state varchar not null,                    -- pending, fetched, settled (by others), given_up
    attempts integer not null,
    next_attempt_unix_nano bigint not null,
    error varchar                              -- why the last attempt failed
);
