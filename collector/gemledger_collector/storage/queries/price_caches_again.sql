-- What the creation of caches cost, by calls that were priced again.
update cache_events
set cost_pico_usd = repriced.cost_pico_usd,
    cost_status = repriced.cost_status
from repriced
where cache_events.event = 'created'
  and cache_events.span_id = repriced.span_id
  and cache_events.trace_id = repriced.trace_id::uuid
