-- Room for the same content with more in it.
delete from contents
using given_spans
where contents.start_time_unix_nano between $first_start and $last_start
  and contents.start_time_unix_nano = given_spans.start_time_unix_nano
  and contents.span_id = given_spans.span_id
  and contents.trace_id = given_spans.trace_id::uuid
