-- How the labels of people meet the verdicts of each judge: of a judge the last verdict on an answer counts, of a person
-- the last label; where people differ the majority decides, and a tie cannot tell.
-- An answer that was twice as likely to be judged counts half (weight): n² over the sum of squares is how many count.
with told as (
    select dimension, rubric_version, judge_model, trace_id, span_id, label,
        1 / coalesce(inclusion_probability, sample_rate, 1) as weight,
        judged_at_unix_nano, attempt
    from evaluations
    where kind is distinct from 'check'       -- a check is right by definition
      and label is not null
      and ($dimension::varchar is null or dimension = $dimension)
      and (not $labelled_only or dimension in (select dimension from human_labels))
      and ($rubric_version::varchar is null or rubric_version = $rubric_version)
      and ($judge_model::varchar is null or judge_model = $judge_model)
),
-- Few were told twice: to look for the last one of these alone takes a third of the time.
again as (
    select dimension, rubric_version, judge_model, trace_id, span_id
    from told
    group by all
    having count(*) > 1
),
verdicts as (
    select told.* from told anti join again using (dimension, rubric_version, judge_model, trace_id, span_id)
    union all
    select told.* from told semi join again using (dimension, rubric_version, judge_model, trace_id, span_id)
    qualify row_number() over (
        partition by dimension, rubric_version, judge_model, trace_id, span_id
        order by judged_at_unix_nano desc, attempt desc
    ) = 1
),
opinions as (
    select trace_id, span_id, dimension, label
    from human_labels
    where $dimension::varchar is null or dimension = $dimension
    qualify row_number() over (
        partition by trace_id, span_id, dimension, labelled_by
        order by labelled_at_unix_nano desc, rowid desc
    ) = 1
),
people as (
    select trace_id, span_id, dimension,
        case sign(count(*) filter (where label = 'bad') - count(*) filter (where label = 'good'))
            when 1 then 'bad'
            when -1 then 'good'
            else 'cannot_tell'
        end as label
    from opinions
    group by all
)
select
    dimension,
    rubric_version,
    judge_model,
    max(judged_at_unix_nano) as judged_at_unix_nano,
    count(*) filter (where verdicts.label <> 'cannot_tell') as judged,
    coalesce(sum(weight) filter (where verdicts.label = 'bad'), 0) as flagged_weight,
    coalesce(sum(weight) filter (where verdicts.label = 'good'), 0) as passed_weight,
    coalesce(sum(weight * weight) filter (where verdicts.label <> 'cannot_tell'), 0) as judged_square_weight,
    count(*) filter (where verdicts.label <> 'cannot_tell' and people.label <> 'cannot_tell') as labels,
    coalesce(sum(weight) filter (where verdicts.label = 'bad' and people.label = 'bad'), 0) as flagged_bad_weight,
    coalesce(sum(weight) filter (where verdicts.label = 'good' and people.label = 'bad'), 0) as passed_bad_weight,
    coalesce(sum(weight) filter (where verdicts.label = 'bad' and people.label <> 'cannot_tell'), 0) as flagged_labelled_weight,
    coalesce(sum(weight) filter (where verdicts.label = 'good' and people.label <> 'cannot_tell'), 0) as passed_labelled_weight,
    coalesce(sum(weight * weight) filter (where verdicts.label = 'bad' and people.label <> 'cannot_tell'), 0) as flagged_labelled_square_weight,
    coalesce(sum(weight * weight) filter (where verdicts.label = 'good' and people.label <> 'cannot_tell'), 0) as passed_labelled_square_weight,
    count(*) filter (where people.label = 'cannot_tell') as people_cannot_tell,
    count(*) filter (where verdicts.label = 'cannot_tell' and people.label <> 'cannot_tell') as judge_cannot_tell
from verdicts
left join people using (trace_id, span_id, dimension)
group by all
order by dimension, judged_at_unix_nano desc, rubric_version, judge_model
