-- Single judgements, of the newest judged call first.
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
from evaluations
where call_start_unix_nano >= $since and call_start_unix_nano < $until
  and ($label::varchar is null or label = $label)
  and ($dimension::varchar is null or dimension = $dimension)
order by call_start_unix_nano desc, dimension, judged_at_unix_nano desc
limit $limit
