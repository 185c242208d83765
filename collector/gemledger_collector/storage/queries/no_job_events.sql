-- The columns of job_events and their types.
from job_events limit 0
