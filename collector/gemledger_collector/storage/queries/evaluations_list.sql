-- Single judgements, of the newest judged call first, or those with the lowest score first. Of several rows of one
-- judgement (an error tried again, a weight that later turned out another) only the last counts.
select
    call_start_unix_nano,
    replace(trace_id::varchar, '-', '') as trace_id,
    printf('%016x', span_id) as span_id,
    rule,
    team,
    feature,
    prompt_version,
    model,
    dimension,
    label,
    score,
    evidence,
    reason,
    error,
    judge_model,
    rubric_version,
    judged_at_unix_nano
from (
    select *
    from evaluations
    where call_start_unix_nano >= $since and call_start_unix_nano < $until
      and ($dimension::varchar is null or dimension = $dimension)
      and ($trace_id::varchar is null or trace_id = $trace_id::uuid)
    qualify row_number() over (
        partition by rule, dimension, rubric_version, trace_id, span_id
        order by judged_at_unix_nano desc, attempt desc
    ) = 1
)
where $label::varchar is null or label = $label
order by
    case when $worst then score end asc nulls last,
    call_start_unix_nano desc, dimension, judged_at_unix_nano desc
limit $limit
