select webhook_id, kind, job_name, attempts
from webhook_events
where state = 'pending' and next_attempt_unix_nano <= $now
order by next_attempt_unix_nano
limit $limit;
