-- Charges settlements to whoever submitted their job, on that day.
update spans
set start_time_unix_nano = moves.new_start,
    duration_nano = coalesce(spans.duration_nano, 0) + moves.start_time_unix_nano - moves.new_start,
    attributes = moves.new_attributes,
    service_name = moves.service_name,
    team = moves.team,
    cost_center = moves.cost_center,
    attribution_rule = moves.attribution_rule,
    feature = moves.feature,
    user_id = moves.user_id,
    environment = moves.environment,
    prompt_version = moves.prompt_version,
    purpose = moves.purpose
from moves
where spans.start_time_unix_nano = moves.start_time_unix_nano
  and spans.span_id = moves.span_id
  and spans.trace_id = moves.trace_id::uuid
  and spans.start_time_unix_nano between $first_start and $last_start
