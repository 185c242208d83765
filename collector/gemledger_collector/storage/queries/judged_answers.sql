-- What the judge said of the answers to calls since $since, one row for each group and judge; only verdicts since
-- $judged_since. Left out are checks, answers that were picked for what they say, and errors. The last verdict of a
-- judge on an answer counts.
with verdicts as (
    select *
    from evaluations
    where kind is null
      and label is not null
      and coalesce(representative, true)
      and dimension = $dimension
      and call_start_unix_nano >= $since
      and judged_at_unix_nano >= $judged_since
      and ($rule::varchar is null or rule = $rule)
      and ($team::varchar is null or coalesce(team, '') = $team)
      and ($feature::varchar is null or coalesce(feature, '') = $feature)
      and ($environment::varchar is null or coalesce(environment, '') = $environment)
      and ($prompt_version::varchar is null or coalesce(prompt_version, '') = $prompt_version)
      and ($model::varchar is null or coalesce(model, '') = $model)
    qualify row_number() over (
        partition by rule, rubric_version, judge_model, trace_id, span_id
        order by judged_at_unix_nano desc, attempt desc
    ) = 1
)
select
    rule,
    rubric_version,
    judge_model,
    case when list_contains($by, 'team') then team end as team,
    case when list_contains($by, 'feature') then feature end as feature,
    case when list_contains($by, 'environment') then environment end as environment,
    case when list_contains($by, 'prompt_version') then prompt_version end as prompt_version,
    case when list_contains($by, 'model') then model end as model,
    list(call_start_unix_nano) as starts,
    list(hash(trace_id, span_id)) as answers,
    list(judged_at_unix_nano) as judged,
    list((case label when 'bad' then 1 when 'good' then 0 else 2 end)::tinyint) as verdicts
from verdicts
group by all
