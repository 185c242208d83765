-- Content that the given spans have already.
select
    replace(c.trace_id::varchar, '-', '') as trace_id,
    c.span_id,
    c.origin,
    c.capture_rate,
    c.input_messages,
    c.output_messages,
    c.system_instructions,
    c.tool_definitions
from contents c
semi join given_spans g on g.start_time_unix_nano = c.start_time_unix_nano
    and g.span_id = c.span_id
    and g.trace_id::uuid = c.trace_id
where c.start_time_unix_nano between $first_start and $last_start
