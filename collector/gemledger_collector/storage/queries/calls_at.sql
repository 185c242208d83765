-- What a list of calls shows of those at these places, of which the times of the first and the last are known.
select
    rowid as place,
    trace_id, span_id, start_time_unix_nano, duration_nano, time_to_first_chunk_seconds,
    operation, provider, coalesce(response_model, request_model) as model, request_model, response_model,
    platform, region, service_tier, service_name,
    input_tokens, output_tokens, cache_read_tokens, thoughts_tokens, tool_use_tokens,
    cost_pico_usd, cost_upper_pico_usd, cost_status, cost_reasons, repairs,
    error_type, error_kind, finish_reasons, stream_state, attempts, exchanges,
    team, cost_center, feature, user_id, environment, prompt_version, attribution_rule, purpose,
    conversation_id, response_id, scope_name
from spans
where rowid in (select unnest($places::bigint[]))
  and start_time_unix_nano between $first and $last
