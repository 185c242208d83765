-- The name of a job whose last part was told: Google leaves out the model of a video.
select job_name
from job_events
where kind = $kind and ends_with(job_name, '/' || $name)
limit 1;
