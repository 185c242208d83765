-- A job that waits to be fetched is not fetched twice.
select count(*) as waiting from webhook_events where job_name = $job_name and state = 'pending';
