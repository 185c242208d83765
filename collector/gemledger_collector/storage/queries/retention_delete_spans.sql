-- A piece of what is older than its table keeps: by time, so that other row groups are skipped.
delete from spans where start_time_unix_nano >= $first and start_time_unix_nano < $before
