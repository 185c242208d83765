-- When a feature was first answered with this prompt version or by this model, among the spans of one slot.
select min(start_time_unix_nano) as start_time_unix_nano
from spans
where start_time_unix_nano >= $begin
  and start_time_unix_nano < $end
  and cost_status is not null
  and superseded_by is null
  and error_type is null
  and purpose is null
  and coalesce(feature, '') = coalesce($feature::varchar, '')
  and case $kind when 'model' then coalesce(response_model, request_model) else prompt_version end = $value
  and ($environment::varchar is null or coalesce(environment, '') = $environment)
