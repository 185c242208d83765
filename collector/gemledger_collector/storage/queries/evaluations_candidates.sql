-- Captured answers in a rule's sample that a rubric has not settled, newest first; with $again those that it has settled
-- at a lower probability than they have now.
-- An answer is in where its position, a hash between 0 and 1, is below the largest share that anything gives it, or where
-- `every` counted it out. What was said is read later, for the few that are left: here it would be most of the time.
with slots as (
    select *
    from sampling_slots
    where $by_slots and rule = $rule and slot_start_unix_nano > $since - $slot
),
counted as (
    select slot_start_unix_nano, unnest(counted) as span_id
    from slots
),
new_versions as (
    select
        unnest($new_features::varchar[]) as feature,
        unnest($new_versions::varchar[]) as prompt_version,
        unnest($new_until::bigint[]) as until
),
down as (
    select trace_id, span_id, response_id
    from feedback
    where label = 'down' and $thumbs_down_rate::double is not null
),
tried as (
    select
        trace_id,
        span_id,
        max(attempt) as attempts,
        max(judged_at_unix_nano) as tried_at,
        bool_or(label is not null) as settled,
        arg_max(coalesce(inclusion_probability, sample_rate), judged_at_unix_nano) filter (where label is not null) as probability
    from evaluations
    where rule = $rule and dimension = $dimension and rubric_version = $rubric_version
      and call_start_unix_nano >= $since
    group by trace_id, span_id
),
answers as (
    select
        c.trace_id,
        c.span_id,
        c.start_time_unix_nano,
        c.response_id,
        c.conversation_id,
        c.team,
        c.feature,
        c.environment,
        c.prompt_version,
        c.model,
        coalesce(
            case when $by_conversation and c.conversation_id is not null then c.conversation_position else c.trace_position end,
            (('0x' || substr(sha256($salt || case
                when $by_conversation then coalesce(c.conversation_id, replace(c.trace_id::varchar, '-', ''))
                else replace(c.trace_id::varchar, '-', '')
            end), 1, 16))::ubigint >> 11) / 9007199254740992
        ) as position,
        coalesce(c.capture_rate, 1) as capture_rate,
        coalesce(s.threshold, 0) as threshold,
        s.because as slot_because,
        k.span_id is not null as counted,
        case when n.until is not null then coalesce($new_prompt_version_rate::double, 0) else 0 end as new_prompt_version,
        case when c.avg_logprobs < $low_logprob_below::double then coalesce($low_logprob_rate::double, 0) else 0 end as low_logprob,
        case
            when $thumbs_down_rate::double is null then 0
            when d.span_id is not null
              or c.trace_id in (select trace_id from down where trace_id is not null and span_id is null)
              or c.response_id in (select response_id from down where response_id is not null) then $thumbs_down_rate::double
            else 0
        end as thumbs_down,
        case
            when $cut_off_rate::double is null or c.finish_reasons is null or c.finish_reasons in ('', 'stop') then 0
            -- Of other instrumentations and of background work: these are no early ends.
            when list_has_all(
                ['stop', 'end_turn', 'stop_sequence', 'tool_calls', 'tool_call', 'tool_use', 'function_call', 'completed', 'requires_action'],
                string_split(lower(c.finish_reasons), ',')
            ) then 0
            else $cut_off_rate::double
        end as cut_off,
        case when c.answer_tokens > $long_answer_above::bigint then coalesce($long_answer_rate::double, 0) else 0 end as long_answer,
        case when c.cost_pico_usd > $dear_above::bigint then coalesce($dear_rate::double, 0) else 0 end as dear
    from contents c
    left join slots s on s.slot_start_unix_nano = c.start_time_unix_nano - c.start_time_unix_nano % $slot
        and s.feature is not distinct from c.feature
        and s.prompt_version is not distinct from c.prompt_version
    left join counted k on k.slot_start_unix_nano = c.start_time_unix_nano - c.start_time_unix_nano % $slot
        and k.span_id = c.span_id
    left join new_versions n on n.feature is not distinct from c.feature
        and n.prompt_version = c.prompt_version
        and c.start_time_unix_nano < n.until
    left join (
        select distinct trace_id, span_id
        from down
        where trace_id is not null and span_id is not null
    ) d on d.trace_id = c.trace_id and d.span_id = c.span_id
    where c.start_time_unix_nano >= $since
      and c.purpose is null                   -- the judge never judges itself
      and coalesce(c.answered, true)
      and c.model is not null                 -- a chain's or a tool's words are no model's answer
      and ($team::varchar is null or c.team = $team)
      and ($feature::varchar is null or c.feature = $feature)
      and ($environment::varchar is null or c.environment = $environment)
      and ($prompt_version::varchar is null or c.prompt_version = $prompt_version)
      and ($model::varchar is null or c.model = $model)
),
chances as (
    select
        *,
        least(
            greatest($rate::double, threshold, new_prompt_version, low_logprob, thumbs_down, cut_off, long_answer, dear),
            capture_rate  -- what was not captured could not be picked
        ) as below
    from answers
)
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
    coalesce(tried.attempts, 0) as attempts,
    c.position,
    c.below + (c.capture_rate - c.below) * $counted_share::double as probability,
    c.threshold,
    c.slot_because,
    c.counted,
    c.new_prompt_version,
    c.low_logprob,
    c.thumbs_down,
    c.cut_off,
    c.long_answer,
    c.dear
from chances c
left join tried on tried.trace_id = c.trace_id and tried.span_id = c.span_id
where (c.position < c.below or c.counted)
  and case
        when $again then tried.settled
            and c.below + (c.capture_rate - c.below) * $counted_share::double > tried.probability + 1e-9
        else tried.attempts is null
            or (not tried.settled and tried.attempts < $max_attempts and tried.tried_at <= $tried_before)
      end
order by c.start_time_unix_nano desc, c.span_id
limit $limit
