-- A piece of what is older than its table keeps.
delete from contents where start_time_unix_nano >= $first and start_time_unix_nano < $before
