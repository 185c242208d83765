-- Captured content goes with its call.
update contents
set team = attributed.team
from attributed
where contents.start_time_unix_nano between $first_start and $last_start
  and contents.start_time_unix_nano = attributed.start_time_unix_nano
  and contents.span_id = attributed.span_id
  and contents.trace_id = attributed.trace_id::uuid
