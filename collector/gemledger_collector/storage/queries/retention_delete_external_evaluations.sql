-- A piece of what is older than its table keeps.
delete from external_evaluations where time_unix_nano >= $first and time_unix_nano < $before
