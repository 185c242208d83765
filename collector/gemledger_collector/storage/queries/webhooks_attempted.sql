update webhook_events
set state = $state, attempts = $attempts, next_attempt_unix_nano = $next_attempt, error = $error
where webhook_id = $webhook_id;
