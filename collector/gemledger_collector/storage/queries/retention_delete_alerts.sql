-- Alerts that ended long ago; of one that has not, resolved_at_unix_nano is null.
delete from alerts where resolved_at_unix_nano >= $first and resolved_at_unix_nano < $before
