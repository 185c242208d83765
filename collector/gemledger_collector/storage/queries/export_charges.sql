-- Rows of the view charges, oldest first, from a position on.
select *, start_time_unix_nano as export_start, span_id::hugeint as export_id
from charges
where start_time_unix_nano >= $since
  and start_time_unix_nano < $until
  and (start_time_unix_nano > $after_start or (start_time_unix_nano = $after_start and span_id::hugeint > $after_id))
  and ($team is null or team = $team)
  and ($cost_center is null or cost_center = $cost_center)
  and ($feature is null or feature = $feature)
  and ($environment is null or environment = $environment)
  and ($model is null or coalesce(response_model, request_model) = $model)
  and ($service is null or service_name = $service)
  and ($label_key is null or attributes[$label_key] = $label_value)
order by start_time_unix_nano, span_id
limit $limit
