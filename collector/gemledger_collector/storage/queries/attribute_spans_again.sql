-- Charges with the payer that the rules say now.
update spans
set team = attributed.team,
    cost_center = attributed.cost_center,
    attribution_rule = attributed.attribution_rule
from attributed
where spans.start_time_unix_nano between $first_start and $last_start
  and spans.start_time_unix_nano = attributed.start_time_unix_nano
  and spans.span_id = attributed.span_id
  and spans.trace_id = attributed.trace_id::uuid
