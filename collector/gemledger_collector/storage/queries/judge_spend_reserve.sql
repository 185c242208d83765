-- Money set aside before the calls it is for.
insert into judge_reservations (reservation_id, day_unix_seconds, pico_usd, reserved_at_unix_nano)
values ($reservation_id::uuid, $day, $pico_usd, $now)
