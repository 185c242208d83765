-- What was captured of one call.
select
    start_time_unix_nano, service_name, model, input_messages, output_messages, system_instructions, tool_definitions
from contents
where trace_id = $trace_id::uuid
  and span_id = $span_id::ubigint
