-- Both versions of each price that changed.
insert into price_changes by name
select * replace (trace_id::uuid as trace_id)
from changed_prices
