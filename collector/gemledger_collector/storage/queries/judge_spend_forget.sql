-- Reservations of days that are over.
delete from judge_reservations
where reserved_at_unix_nano < $before
