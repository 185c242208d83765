-- Settlements as they are charged now, to be put into the ledger.
select spans.*
from spans
semi join (
    select new_start as start_time_unix_nano, span_id, trace_id::uuid as trace_id
    from moves
) as moves
using (start_time_unix_nano, span_id, trace_id)
where spans.start_time_unix_nano between $first_start and $last_start
