-- Keys of all response ids that some rows of spans tell, with who tells them.
with calls as (
    select trace_id, scope_name, response_id, other_response_ids
    from spans
    where rowid between $first_row and $last_row
      and cost_status is not null
      and unsampled_calls is null
)
select hash(trace_id, response_id) as key, scope_name
from calls
where response_id is not null
union all
select hash(trace_id, unnest(other_response_ids)) as key, scope_name
from calls
where other_response_ids is not null
