-- How long the given calls took, a handful; the range of start times keeps everything else unread.
select
    replace(trace_id::varchar, '-', '') as trace_id,
    span_id,
    duration_nano / 1e9 as seconds
from spans
where start_time_unix_nano between $first and $last
  and start_time_unix_nano in (select unnest($starts::bigint[]))
  and span_id in (select unnest($span_ids::ubigint[]))
  and duration_nano is not null
  and unsampled_calls is null
