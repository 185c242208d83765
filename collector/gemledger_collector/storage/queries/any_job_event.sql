-- A row where any job was ever told of.
select 1 as told
from job_events
limit 1
