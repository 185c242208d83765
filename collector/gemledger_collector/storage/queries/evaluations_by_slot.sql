-- Judgements by 15-minute slot of the judged call and by the asked keys; of several attempts only the last
-- counts. "Cannot tell" is neither good nor bad: it has no part in the rate and none in the score.
with settled as (
    select *
    from evaluations
    where call_start_unix_nano >= $since and call_start_unix_nano < $until
    qualify row_number() over (
        partition by rule, dimension, rubric_version, trace_id, span_id
        order by judged_at_unix_nano desc, attempt desc
    ) = 1
)
select
    call_start_unix_nano // 900000000000 * 900 as slot_unix_seconds,
    dimension,
    case when list_contains($by, 'team') then team end as team,
    case when list_contains($by, 'feature') then feature end as feature,
    case when list_contains($by, 'environment') then environment end as environment,
    case when list_contains($by, 'prompt_version') then prompt_version end as prompt_version,
    case when list_contains($by, 'model') then model end as model,
    case when list_contains($by, 'rule') then rule end as rule,
    count(label) as judged,
    count(*) filter (where label = 'bad') as bad,
    count(*) filter (where label = 'cannot_tell') as cannot_tell,
    count(*) filter (where label is null) as errors,
    coalesce(sum(score) filter (where label <> 'cannot_tell'), 0) as score_sum,
    coalesce(sum(score * score) filter (where label <> 'cannot_tell'), 0) as score_square_sum
from settled
group by all
order by all
