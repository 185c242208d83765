-- Contents captured twice: what the doubled span captured goes, if the one that counts captured it too.
delete from contents
using doubled
where contents.start_time_unix_nano between $first_start and $last_start
  and contents.start_time_unix_nano = doubled.start_time_unix_nano
  and contents.span_id = doubled.span_id
  and contents.trace_id = doubled.trace_id::uuid
  and exists (
      from contents as kept
      where kept.span_id = doubled.winner
        and kept.trace_id = doubled.trace_id::uuid
        and kept.start_time_unix_nano = doubled.winner_start_time_unix_nano
  )
