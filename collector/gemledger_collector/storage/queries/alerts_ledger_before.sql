-- What the slots that are over hold: while it stays the same, no late data has come.
select coalesce(sum(calls), 0)::hugeint as calls, coalesce(sum(cost_pico_usd), 0)::hugeint as cost_pico_usd
from ledger
where slot_unix_seconds < $before_slot
