-- Judgements by bucket of the judged call's start, by judge and by the asked keys, and the 15-minute slots they are of
-- where $slots; the bucket of a slot is looked up, as in spend_by_bucket. Of several attempts only the last
-- counts. "Cannot tell" is neither good nor bad: it has no part in the rate and none in the score. An answer weighs
-- one over its chance to be picked: flags and scores are what Hajek's estimates and their variances are made of.
with told as (
    select
        rule, dimension, kind, rubric_version, judge_model, trace_id, span_id, call_start_unix_nano,
        team, feature, environment, prompt_version, model, label, score, judged_at_unix_nano, attempt,
        label <> 'cannot_tell' as decided,
        case label when 'bad' then 1.0::double else 0.0::double end as flag,
        1.0::double / coalesce(nullif(inclusion_probability, 0), nullif(sample_rate, 0), 1.0) as weight
    from evaluations
    where call_start_unix_nano >= $since
      and call_start_unix_nano < $until
      -- A list chooses any of its values; the empty text stands for calls that have none.
      and ($only_team::varchar[] is null or list_contains($only_team, coalesce(team, '')))
      and ($only_feature::varchar[] is null or list_contains($only_feature, coalesce(feature, '')))
      and ($only_environment::varchar[] is null or list_contains($only_environment, coalesce(environment, '')))
      and ($only_prompt_version::varchar[] is null or list_contains($only_prompt_version, coalesce(prompt_version, '')))
      and ($only_model::varchar[] is null or list_contains($only_model, coalesce(model, '')))
),
-- Few were told twice: to look for the last one of these alone takes a third of the time.
again as (
    select rule, dimension, rubric_version, trace_id, span_id
    from told
    group by all
    having count(*) > 1
),
settled as (
    select told.* from told anti join again using (rule, dimension, rubric_version, trace_id, span_id)
    union all
    select told.* from told semi join again using (rule, dimension, rubric_version, trace_id, span_id)
    qualify row_number() over (
        partition by rule, dimension, rubric_version, trace_id, span_id
        order by judged_at_unix_nano desc, attempt desc
    ) = 1
)
select
    ($bucket_starts::bigint[])[(call_start_unix_nano // 900000000000 * 900 - $first) // $step + 1] as bucket_unix_seconds,
    dimension,
    coalesce(kind, 'judge') as kind,
    rubric_version,
    judge_model,
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
    coalesce(list(distinct call_start_unix_nano // 900000000000 * 900) filter (where $slots), []) as slots,
    {
        'count': count(*) filter (where decided),
        'value_sum': coalesce(sum(flag) filter (where decided), 0),
        'value_square_sum': coalesce(sum(flag) filter (where decided), 0),
        'weight_sum': coalesce(sum(weight) filter (where decided), 0),
        'weight_square_sum': coalesce(sum(weight * weight) filter (where decided), 0),
        'weight_value_sum': coalesce(sum(weight * flag) filter (where decided), 0),
        'weight_square_value_sum': coalesce(sum(weight * weight * flag) filter (where decided), 0),
        'weight_square_value_square_sum': coalesce(sum(weight * weight * flag) filter (where decided), 0),
        'lightest': min(weight) filter (where decided),
        'heaviest': max(weight) filter (where decided)
    } as flags,
    {
        'count': count(score) filter (where decided),
        'value_sum': coalesce(sum(score) filter (where decided), 0),
        'value_square_sum': coalesce(sum(score * score) filter (where decided), 0),
        'weight_sum': coalesce(sum(weight) filter (where decided and score is not null), 0),
        'weight_square_sum': coalesce(sum(weight * weight) filter (where decided and score is not null), 0),
        'weight_value_sum': coalesce(sum(weight * score) filter (where decided), 0),
        'weight_square_value_sum': coalesce(sum(weight * weight * score) filter (where decided), 0),
        'weight_square_value_square_sum': coalesce(sum(weight * weight * score * score) filter (where decided), 0),
        'lightest': min(weight) filter (where decided and score is not null),
        'heaviest': max(weight) filter (where decided and score is not null)
    } as scores
from settled
group by all
order by bucket_unix_seconds, dimension, kind, rubric_version, judge_model, team, feature, environment, prompt_version, model, rule
