-- How the bill of each arriving job was grouped by whoever began to tell it; no row where nobody has.
select job_name, any_value(settlements_digest) as digest
from job_events
semi join arriving_jobs using (job_name)
where event = 'settled'
  and settlements_digest is not null
group by job_name
