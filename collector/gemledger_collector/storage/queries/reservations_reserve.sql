insert into reservations by name
select
    $reservation_id as reservation_id,
    $labels as labels,
    $budgets as budgets,
    $amount_pico_usd::hugeint as amount_pico_usd,
    $created_at_unix_nano::bigint as created_at_unix_nano,
    $expires_at_unix_nano::bigint as expires_at_unix_nano,
    $calls::bigint as calls
