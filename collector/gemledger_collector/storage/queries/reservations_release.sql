update reservations
set
    released_at_unix_nano = $now,
    settled_at_unix_nano = $now
where reservation_id = $reservation_id
  and settled_at_unix_nano is null
  and expires_at_unix_nano > $now
