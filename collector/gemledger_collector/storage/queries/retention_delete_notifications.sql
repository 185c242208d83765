-- Messages that were delivered or given up long ago.
delete from notifications where created_at_unix_nano >= $first and created_at_unix_nano < $before and next_attempt_unix_nano is null
