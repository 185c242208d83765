select min(next_attempt_unix_nano) as next_due from webhook_events where state = 'pending';
