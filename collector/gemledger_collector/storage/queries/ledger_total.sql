-- What the bill comes to.
select coalesce(sum(cost_pico_usd), 0)::hugeint as cost_pico_usd
from ledger
