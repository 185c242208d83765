-- What was judged of calls in [$since, $until), by dimension, rubric version and judge, and by the keys of $by: the sums
-- that Hajek's rate and its variance are made of. An answer weighs one over its chance to be picked; of several attempts
-- the last counts; what the judge could not tell is neither good nor bad.
with settled as (
    select
        *,
        case label when 'bad' then 1.0::double else 0.0::double end as flag,
        1.0::double / coalesce(nullif(inclusion_probability, 0), nullif(sample_rate, 0), 1.0) as weight
    from evaluations
    where call_start_unix_nano >= $since
      and call_start_unix_nano < $until
    qualify row_number() over (
        partition by rule, dimension, rubric_version, trace_id, span_id
        order by judged_at_unix_nano desc, attempt desc
    ) = 1
)
select
    dimension,
    rubric_version,
    judge_model,
    case when list_contains($by, 'model') then model end as model,
    case when list_contains($by, 'feature') then feature end as feature,
    case when list_contains($by, 'prompt_version') then prompt_version end as prompt_version,
    max(call_start_unix_nano) as newest_call_unix_nano,
    {
        'count': count(*),
        'value_sum': sum(flag),
        'value_square_sum': sum(flag),
        'weight_sum': sum(weight),
        'weight_square_sum': sum(weight * weight),
        'weight_value_sum': sum(weight * flag),
        'weight_square_value_sum': sum(weight * weight * flag),
        'weight_square_value_square_sum': sum(weight * weight * flag),
        'lightest': min(weight),
        'heaviest': max(weight)
    } as flags
from settled
where label in ('good', 'bad')
group by all
order by all
