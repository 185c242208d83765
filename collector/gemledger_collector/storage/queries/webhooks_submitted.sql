-- Whether an app of ours asked for the job: then that app is looking at it as well.
select count(*) as submitted from job_events where job_name = $job_name and event = 'submitted';
