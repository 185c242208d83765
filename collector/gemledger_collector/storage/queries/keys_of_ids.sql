-- The arriving response ids with the key by which the filter knows them.
select *, hash(trace_id::uuid, response_id) as key
from arriving_ids
