-- Who submitted each arriving job, and when. A call told twice is one of two spans: the earlier, whichever arrived first.
select
    job_name,
    at_unix_nano,
    service_name,
    team,
    cost_center,
    attribution_rule,
    feature,
    user_id,
    environment,
    prompt_version,
    purpose,
    labels
from job_events
semi join arriving_jobs using (job_name)
where event = 'submitted'
qualify row_number() over (partition by job_name order by at_unix_nano, span_id) = 1
