select event_type, kind, job_name, received_at_unix_nano, state, attempts, next_attempt_unix_nano, error
from webhook_events
order by received_at_unix_nano desc
limit $limit;
