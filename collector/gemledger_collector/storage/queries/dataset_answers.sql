-- Captured answers with what their calls cost and all that was said of them, oldest first, from a position on.
-- Of several verdicts of a rule and rubric, and of several labels by one person, the last counts.
with verdicts as (
    select *
    from evaluations
    where call_start_unix_nano >= $since and call_start_unix_nano < $until
    qualify row_number() over (
        partition by rule, dimension, rubric_version, trace_id, span_id
        order by judged_at_unix_nano desc, attempt desc
    ) = 1
),
labels as (
    select *
    from human_labels
    where call_start_unix_nano >= $since and call_start_unix_nano < $until
    qualify row_number() over (
        partition by dimension, labelled_by, trace_id, span_id
        order by labelled_at_unix_nano desc, label
    ) = 1
),
said as (
    select trace_id, span_id, label, score
    from verdicts
    where $by = 'judge' and label is not null and ($dimension::varchar is null or dimension = $dimension)
    union all
    select trace_id, span_id, label, null as score
    from labels
    where $by = 'human' and ($dimension::varchar is null or dimension = $dimension)
),
chosen as (
    select distinct trace_id, span_id
    from said
    where ($label::varchar is null or label = $label)
      and ($min_score::double is null or score >= $min_score)
      and ($max_score::double is null or score <= $max_score)
),
thumbs as (
    select trace_id, span_id, response_id
    from feedback
    where label = $thumbs and given_at_unix_nano >= $since
),
found as (
    select *
    from contents c
    where start_time_unix_nano >= $after_start
      and start_time_unix_nano < $until
      and (start_time_unix_nano > $after_start or span_id::hugeint > $after_id)
      and purpose is null                 -- what gemledger asks for its own ends is nobody's answer
      and output_messages is not null
      and model is not null               -- a chain's or a tool's words are no model's answer
      and ($feature::varchar is null or feature = $feature)
      and ($team::varchar is null or team = $team)
      and ($prompt_version::varchar is null or prompt_version = $prompt_version)
      and ($model::varchar is null or model = $model)
      and (not $only_chosen or (trace_id, span_id) in (select (trace_id, span_id) from chosen))
      and ($thumbs::varchar is null
           or (trace_id, span_id) in (select (trace_id, span_id) from thumbs where span_id is not null)
           or response_id in (select response_id from thumbs where response_id is not null))
    order by start_time_unix_nano, span_id
    limit $limit
),
verdict_lists as (
    select
        trace_id,
        span_id,
        list(struct_pack(
            dimension := dimension, label := label, score := score, evidence := evidence, reason := reason,
            rule := rule, rubric_version := rubric_version, judge_model := judge_model, kind := coalesce(kind, 'judge'),
            inclusion_probability := coalesce(inclusion_probability, sample_rate),
            at_unix_nano := judged_at_unix_nano
        ) order by dimension, rule, rubric_version) as verdicts
    from verdicts
    semi join found using (trace_id, span_id)
    where label is not null
    group by trace_id, span_id
),
label_lists as (
    select
        trace_id,
        span_id,
        list(struct_pack(
            dimension := dimension, label := label, note := note, labelled_by := labelled_by, source := source,
            at_unix_nano := labelled_at_unix_nano
        ) order by dimension, labelled_by) as labels
    from labels
    semi join found using (trace_id, span_id)
    group by trace_id, span_id
),
given as (
    select found.trace_id, found.span_id, feedback.* exclude (trace_id, span_id)
    from found
    join feedback on feedback.trace_id = found.trace_id and feedback.span_id = found.span_id
    union
    select found.trace_id, found.span_id, feedback.* exclude (trace_id, span_id)
    from found
    join feedback on feedback.response_id = found.response_id
),
feedback_lists as (
    select
        trace_id,
        span_id,
        list(struct_pack(
            name := name, label := label, score := score, comment := comment, source := source,
            at_unix_nano := given_at_unix_nano
        ) order by given_at_unix_nano, feedback_id) as feedback
    from given
    group by trace_id, span_id
),
facts as (
    select trace_id, span_id, start_time_unix_nano, cost_pico_usd, cost_status, input_tokens, output_tokens, duration_ms
    from calls
    where start_time_unix_nano >= $after_start and start_time_unix_nano < $until
)
select
    replace(found.trace_id::varchar, '-', '') as trace_id,
    printf('%016x', found.span_id) as span_id,
    found.start_time_unix_nano,
    found.response_id,
    found.conversation_id,
    found.service_name as service,
    found.team,
    found.feature,
    found.environment,
    found.prompt_version,
    found.model,
    found.input_messages,
    found.output_messages,
    found.system_instructions,
    facts.cost_pico_usd,
    facts.cost_status,
    facts.input_tokens,
    facts.output_tokens,
    facts.duration_ms,
    verdict_lists.verdicts,
    label_lists.labels,
    feedback_lists.feedback
from found
left join facts using (start_time_unix_nano, span_id, trace_id)
left join verdict_lists using (trace_id, span_id)
left join label_lists using (trace_id, span_id)
left join feedback_lists using (trace_id, span_id)
order by found.start_time_unix_nano, found.span_id
