-- What a judge said of a call goes with the call.
update evaluations
set team = attributed.team
from attributed
where evaluations.call_start_unix_nano between $first_start and $last_start
  and evaluations.call_start_unix_nano = attributed.start_time_unix_nano
  and evaluations.span_id = attributed.span_id
  and evaluations.trace_id = attributed.trace_id::uuid
