delete from reservations
where expires_at_unix_nano < $old
