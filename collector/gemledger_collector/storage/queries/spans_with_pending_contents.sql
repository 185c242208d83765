-- Spans that are there already, of content that came just now.
select
    replace(s.trace_id::varchar, '-', '') as trace_id,
    s.span_id,
    s.start_time_unix_nano,
    s.response_id,
    s.conversation_id,
    s.service_name,
    s.team,
    s.feature,
    s.environment,
    s.prompt_version,
    s.purpose,
    coalesce(s.response_model, s.request_model) as model,
    s.finish_reasons,
    s.avg_logprobs,
    s.cost_pico_usd,
    s.output_tokens - coalesce(s.thoughts_tokens, 0) as answer_tokens
from spans s
where s.start_time_unix_nano between $first_start and $last_start
  and exists (
      from arriving_contents a
      where a.span_id = s.span_id and a.trace_id::uuid = s.trace_id
  )
