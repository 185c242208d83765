-- Events of jobs. Apps poll by the second: a state that somebody has seen before is no news.
insert into job_events by name
select * replace (trace_id::uuid as trace_id)
from arriving_events as arriving
where event <> 'seen'
   or not exists (
       from job_events as known
       where known.job_name = arriving.job_name
         and known.event = 'seen'
         and known.state is not distinct from arriving.state
   )
