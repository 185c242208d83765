-- Where the spans of a trace are, of those that began in [$since, $until); all of them, or the one asked for.
select rowid as place, start_time_unix_nano, span_id
from spans
where trace_id = $trace_id::uuid
  and start_time_unix_nano >= $since
  and start_time_unix_nano < $until
  and ($span_id::ubigint is null or span_id = $span_id::ubigint)
order by start_time_unix_nano, span_id
limit $rows
