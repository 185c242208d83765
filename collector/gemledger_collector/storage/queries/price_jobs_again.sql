-- What jobs cost, by settlements that were priced again.
update job_events
set cost_pico_usd = repriced.cost_pico_usd,
    cost_status = repriced.cost_status
from repriced
where job_events.event = 'settled'
  and job_events.span_id = repriced.span_id
  and job_events.trace_id = repriced.trace_id::uuid
