-- Traces in which the user appears, whichever attribute says so.
select distinct trace_id::varchar as trace_id
from spans
where user_id = $user_id
   or list_contains(map_values(attributes), $user_id)
