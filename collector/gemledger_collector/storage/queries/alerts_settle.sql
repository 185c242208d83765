-- What came of one attempt to send.
update notifications
set attempts = attempts + 1,
    next_attempt_unix_nano = $next_attempt_unix_nano,
    delivered_at_unix_nano = $delivered_at_unix_nano,
    error = $error
where notification_id = $notification_id
