-- When a job began, as any of its events says: its charges begin in between.
select min(submitted_unix_nano) as first_start, max(submitted_unix_nano) as last_start
from job_events
where job_name = $name
