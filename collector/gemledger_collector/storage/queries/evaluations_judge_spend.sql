-- What the judge's own calls have cost since the slot.
select coalesce(sum(cost_pico_usd), 0)::hugeint as cost_pico_usd
from ledger
where purpose = 'judge' and slot_unix_seconds >= $since_slot
