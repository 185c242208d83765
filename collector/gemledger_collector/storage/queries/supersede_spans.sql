-- Marks doubled spans with the span that counts instead.
update spans
set superseded_by = doubled.winner
from doubled
where spans.start_time_unix_nano between $first_start and $last_start
  and spans.start_time_unix_nano = doubled.start_time_unix_nano
  and spans.span_id = doubled.span_id
  and spans.trace_id = doubled.trace_id::uuid
