-- How often each judge agreed, day by day, with what is known of a canary set, and with itself in its first days.
-- Of an item and day the last row counts; an item that was right in half of the first days or more was right.
with last as (
    select *
    from canary_verdicts
    qualify row_number() over (
        partition by canary, canary_version, dimension, rubric_version, judge_model, item, day
        order by judged_at_unix_nano desc, label is not null desc
    ) = 1
),
numbered as (
    select *,
        dense_rank() over (
            partition by canary, canary_version, dimension, rubric_version, judge_model order by day
        ) as nth
    from last
),
first as (
    select canary, canary_version, dimension, rubric_version, judge_model, item,
        avg((label = expected)::integer) >= 0.5 as was_right
    from numbered
    where nth <= $baseline_days
      and label is not null
    group by all
)
select
    canary,
    canary_version,
    dimension,
    rubric_version,
    judge_model,
    day,
    nth,
    count(label) as scored,
    count(*) filter (where label = expected) as agreed,
    count(*) filter (where label = 'cannot_tell') as cannot_tell,
    count(*) filter (where label is null) as errors,
    count(*) filter (where was_right and label <> expected) as lost,
    count(*) filter (where not was_right and label = expected) as gained
from numbered
left join first using (canary, canary_version, dimension, rubric_version, judge_model, item)
where day >= $since_day
group by all
order by canary, dimension, rubric_version, judge_model, canary_version, day
