-- Content that waits for one of the given spans, in the order in which it was said.
select
    replace(p.trace_id::varchar, '-', '') as trace_id,
    p.span_id,
    p.whole,
    p.input_messages,
    p.output_messages,
    p.system_instructions,
    p.tool_definitions
from pending_contents p
semi join given_spans g on g.span_id = p.span_id and g.trace_id::uuid = p.trace_id
order by p.time_unix_nano, p.digest
