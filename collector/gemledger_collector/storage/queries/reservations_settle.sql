-- What the calls of a batch cost their reservations. Closed is what had its last call; what was closed before stays so.
update reservations
set
    settled_pico_usd = coalesce(reservations.settled_pico_usd, 0) + settling.cost_pico_usd,
    ended_calls = coalesce(reservations.ended_calls, 0) + settling.ended_calls,
    settled_at_unix_nano = case
        when
            reservations.settled_at_unix_nano is null
            and coalesce(reservations.ended_calls, 0) + settling.ended_calls >= reservations.calls
            then settling.ended_unix_nano
        else reservations.settled_at_unix_nano
    end
from settling
where reservations.reservation_id = settling.reservation_id
