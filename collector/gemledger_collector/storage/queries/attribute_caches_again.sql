-- Storage of a cache is billed to whoever the rules say made it.
update cache_events
set team = attributed.team,
    cost_center = attributed.cost_center,
    attribution_rule = attributed.attribution_rule
from attributed
where cache_events.span_id = attributed.span_id
  and cache_events.trace_id = attributed.trace_id::uuid
