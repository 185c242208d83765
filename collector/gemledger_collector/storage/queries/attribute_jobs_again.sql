-- What is told of a job later is billed to whoever the rules say submitted it.
update job_events
set team = attributed.team,
    cost_center = attributed.cost_center,
    attribution_rule = attributed.attribution_rule
from attributed
where job_events.span_id = attributed.span_id
  and job_events.trace_id = attributed.trace_id::uuid
