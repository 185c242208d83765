select
    reservation_id,
    labels,
    budgets,
    amount_pico_usd,
    created_at_unix_nano,
    expires_at_unix_nano,
    settled_at_unix_nano,
    settled_pico_usd,
    calls,
    coalesce(ended_calls, 0) as ended_calls,
    released_at_unix_nano
from reservations
where reservation_id = $reservation_id
