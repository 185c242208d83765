-- Feedback given in [$since, $until), each with the call it is about, the newest first, behind a cursor's row.
-- The call is found by a response's id (the first call that told it: others may have fetched the answer again), else by
-- the span, else it is the last call in that trace that had answered by then. Whether call or feedback came first does
-- not matter. Of several feedbacks of a user about one answer and name, the last counts.
with told as (
    select *
    from feedback
    where given_at_unix_nano >= $since
      and given_at_unix_nano < $until
      and ($name::varchar is null or name = $name)
),

answers as not materialized (  -- each use below reads few of its columns
    select
        trace_id,
        span_id,
        start_time_unix_nano,
        response_id,
        other_response_ids,
        output_tokens,
        team,
        feature,
        environment,
        prompt_version,
        coalesce(response_model, request_model) as model
    from spans
    where start_time_unix_nano >= $calls_since
      and start_time_unix_nano < $until
      and superseded_by is null
      and unsampled_calls is null
      and name is distinct from 'gemledger.settlement'
),

found as (
    select told.feedback_id, 0 as nearness, answers.start_time_unix_nano as lateness, answers.*
    from told
    join answers on answers.response_id = told.response_id
    union all
    select told.feedback_id, 1, answers.start_time_unix_nano, answers.*
    from told
    join (
        select unnest(other_response_ids) as one_id, *
        from answers
        where other_response_ids is not null
    ) several on several.one_id = told.response_id
    join answers on answers.trace_id = several.trace_id and answers.span_id = several.span_id
    union all
    select told.feedback_id, 2, 0, answers.*
    from told
    join answers on answers.trace_id = told.trace_id and answers.span_id = told.span_id
    where answers.model is not null
    union all
    select told.feedback_id, 3, -answers.start_time_unix_nano, answers.*
    from told
    join answers on answers.trace_id = told.trace_id
    where answers.model is not null
      and answers.output_tokens > 0
      and answers.start_time_unix_nano <= told.given_at_unix_nano
),

calls_of as (
    select *
    from found
    qualify row_number() over (partition by feedback_id order by nearness, lateness, span_id) = 1
),

joined as (
    select
        told.feedback_id::varchar as feedback_id,
        told.given_at_unix_nano,
        told.received_at_unix_nano,
        told.name,
        told.label,
        told.score,
        told.comment is not null as has_comment,
        case when $comments then told.comment end as comment,
        told.user_id,
        told.source,
        calls_of.feedback_id is not null as matched,
        row_number() over (
            partition by
                coalesce(calls_of.trace_id, told.trace_id),
                coalesce(calls_of.span_id, told.span_id),
                case when calls_of.feedback_id is null then told.response_id end,
                told.name,
                told.user_id
            order by told.given_at_unix_nano desc, told.received_at_unix_nano desc, told.feedback_id desc
        ) = 1 as counts,
        replace(coalesce(calls_of.trace_id, told.trace_id)::varchar, '-', '') as trace_id,
        printf('%016x', coalesce(calls_of.span_id, told.span_id)) as span_id,
        coalesce(calls_of.response_id, told.response_id) as response_id,
        calls_of.start_time_unix_nano as call_start_unix_nano,
        calls_of.team,
        calls_of.feature,
        calls_of.environment,
        calls_of.prompt_version,
        calls_of.model
    from told
    left join calls_of on calls_of.feedback_id = told.feedback_id
)

select *
from joined
where ($label::varchar is null or label = $label)
  and ($feature::varchar is null or feature = $feature)
  and ($prompt_version::varchar is null or prompt_version = $prompt_version)
  and ($model::varchar is null or model = $model)
  and ($trace_id::varchar is null or trace_id = $trace_id)
  and ($response_id::varchar is null or response_id = $response_id)
  and (given_at_unix_nano < $after_at or (given_at_unix_nano = $after_at and feedback_id < $after_id))
order by given_at_unix_nano desc, feedback_id desc
limit $limit
