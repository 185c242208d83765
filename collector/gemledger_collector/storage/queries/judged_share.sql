-- Judgements of calls in [$since, $until) by one rubric, by minute and by what is asked for; of several attempts the last
-- counts. "Cannot tell" is neither good nor bad.
with settled as (
    select *
    from evaluations
    where call_start_unix_nano >= $since
      and call_start_unix_nano < $until
      and ($rubric::varchar is null or dimension = $rubric or rule = $rubric)
    qualify row_number() over (
        partition by rule, dimension, rubric_version, trace_id, span_id
        order by judged_at_unix_nano desc, attempt desc
    ) = 1
)
select
    (call_start_unix_nano // 60_000_000_000 * 60)::bigint as start,
    case when $by_model then model end as model,
    case when $by_team then team end as team,
    case when $by_feature then feature end as feature,
    case when $by_environment then environment end as environment,
    case when $by_prompt_version then prompt_version end as prompt_version,
    count(*)::bigint as judged,
    count(*) filter (where label = 'bad')::bigint as bad
from settled
where label is not null
  and label <> 'cannot_tell'
  and ($model::varchar is null or coalesce(model, '') = $model)
  and ($team::varchar is null or coalesce(team, '') = $team)
  and ($feature::varchar is null or coalesce(feature, '') = $feature)
  and ($environment::varchar is null or coalesce(environment, '') = $environment)
  and ($prompt_version::varchar is null or coalesce(prompt_version, '') = $prompt_version)
group by all
order by start
