-- Verdicts by the start of the call they are about, from a position on. They have neither cost center nor service.
-- What quotes a prompt or an answer is left out: that is content, and has a scope of its own.
with found as (
    select
        * exclude (evidence, reason),
        row_number() over (
            partition by call_start_unix_nano order by span_id, trace_id, rule, dimension, judged_at_unix_nano, attempt
        ) as export_id
    from evaluations
    where call_start_unix_nano >= $since
      and call_start_unix_nano < $until
)
select *, call_start_unix_nano as export_start
from found
where (call_start_unix_nano > $after_start or (call_start_unix_nano = $after_start and export_id > $after_id))
  and ($team is null or team = $team)
  and $cost_center is null
  and ($feature is null or feature = $feature)
  and ($environment is null or environment = $environment)
  and ($model is null or model = $model)
  and $service is null
order by call_start_unix_nano, export_id
limit $limit
