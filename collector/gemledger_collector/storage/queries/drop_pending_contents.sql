-- Content that is with its span now.
delete from pending_contents
using given_spans
where pending_contents.span_id = given_spans.span_id
  and pending_contents.trace_id = given_spans.trace_id::uuid
