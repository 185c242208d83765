-- What was said in the given calls, a handful; the range of start times keeps everything else unread.
select
    replace(c.trace_id::varchar, '-', '') as trace_id,
    c.span_id,
    c.input_messages,
    c.output_messages,
    c.system_instructions
from contents c
where c.start_time_unix_nano between $first_start and $last_start
  and c.start_time_unix_nano in (select unnest($starts::bigint[]))
  and c.span_id in (select unnest($span_ids::ubigint[]))
