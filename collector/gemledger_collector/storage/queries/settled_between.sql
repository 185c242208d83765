-- When the arriving jobs that have settlements began, as any of their events says; nulls where none has any. Whatever
-- reads spans afterwards is bounded by it.
select min(submitted_unix_nano) as first_start, max(submitted_unix_nano) as last_start
from job_events
semi join arriving_jobs using (job_name)
where job_name in (select job_name from job_events semi join arriving_jobs using (job_name) where event = 'settled')
