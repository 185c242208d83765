-- A piece of what is older than its table keeps.
delete from feedback where given_at_unix_nano >= $first and given_at_unix_nano < $before
