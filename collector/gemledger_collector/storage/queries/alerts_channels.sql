-- How the messages made since then fare, by channel.
select
    channel,
    count(*) filter (where next_attempt_unix_nano is not null) as waiting,
    count(*) filter (where next_attempt_unix_nano is not null and error is not null) as failing,
    count(*) filter (
        where next_attempt_unix_nano is null and delivered_at_unix_nano is null and error is distinct from $superseded
    ) as given_up,
    min(created_at_unix_nano) filter (where next_attempt_unix_nano is not null) as waiting_since_unix_nano,
    min(next_attempt_unix_nano) as next_attempt_unix_nano,
    max(delivered_at_unix_nano) as last_success_unix_nano,
    max(created_at_unix_nano) filter (where error <> $superseded) as last_error_unix_nano,
    arg_max(error, created_at_unix_nano) filter (where error <> $superseded) as last_error
from notifications
where created_at_unix_nano >= $since
group by channel
