-- What is due first of what has not been delivered to the channel: of each group only the oldest message, so that
-- "resolved" never overtakes the "firing" it ends. Found without the bodies: of thousands only one is wanted.
select *
from notifications
where notification_id = (
    select notification_id
    from notifications
    where channel = $channel and next_attempt_unix_nano is not null
    qualify row_number() over (partition by coalesce(group_key, fingerprint) order by created_at_unix_nano, sequence) = 1
    order by next_attempt_unix_nano, created_at_unix_nano, sequence
    limit 1
)
