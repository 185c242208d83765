-- The ledger has the cost of the calls; what it may not have stays set aside.
update judge_reservations
set pico_usd = $kept,
    settled_at_unix_nano = case when $kept::bigint = 0 then $now::bigint end
where reservation_id = $reservation_id::uuid
