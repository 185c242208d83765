-- Captured answers in the sample that this rule and rubric have not settled, newest first.
-- The sample is decided here by the very comparison of judge/sample.py: a prefix of a hash below a threshold.
select
    replace(c.trace_id::varchar, '-', '') as trace_id,
    c.span_id,
    c.start_time_unix_nano,
    c.response_id,
    c.conversation_id,
    c.team,
    c.feature,
    c.environment,
    c.prompt_version,
    c.model,
    c.input_messages,
    c.output_messages,
    c.system_instructions,
    coalesce(tried.attempts, 0) as attempts
from contents c
left join (
    select trace_id, span_id, max(attempt) as attempts, max(judged_at_unix_nano) as tried_at, bool_or(label is not null) as settled
    from evaluations
    where rule = $rule and dimension = $dimension and rubric_version = $rubric_version
      and call_start_unix_nano >= $since
    group by trace_id, span_id
) tried on tried.trace_id = c.trace_id and tried.span_id = c.span_id
where c.start_time_unix_nano >= $since
  and c.purpose is null                   -- the judge never judges itself
  and c.output_messages is not null
  and c.model is not null                 -- a chain's or a tool's words are no model's answer
  and ($team::varchar is null or c.team = $team)
  and ($feature::varchar is null or c.feature = $feature)
  and ($prompt_version::varchar is null or c.prompt_version = $prompt_version)
  and ($model::varchar is null or c.model = $model)
  and substr(
        sha256($salt || case
            when $by_conversation then coalesce(c.conversation_id, replace(c.trace_id::varchar, '-', ''))
            else replace(c.trace_id::varchar, '-', '')
        end), 1, 16) < $threshold
  and (
        tried.attempts is null
        or (not tried.settled and tried.attempts < $max_attempts and tried.tried_at <= $tried_before)
      )
order by c.start_time_unix_nano desc, c.span_id
limit $limit
