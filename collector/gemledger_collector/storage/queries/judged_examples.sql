-- The newest answers of a group that were judged bad, and the model that gave most of them; ids only, never what was said.
with flagged as (
    select replace(trace_id::varchar, '-', '') as trace_id, model, max(call_start_unix_nano) as call_start_unix_nano
    from evaluations
    where kind is null
      and label = 'bad'
      and coalesce(representative, true)
      and dimension = $dimension
      and call_start_unix_nano >= $since
      and call_start_unix_nano <= $until
      and ($rule::varchar is null or rule = $rule)
      and ($team::varchar is null or coalesce(team, '') = $team)
      and ($feature::varchar is null or coalesce(feature, '') = $feature)
      and ($environment::varchar is null or coalesce(environment, '') = $environment)
      and ($prompt_version::varchar is null or coalesce(prompt_version, '') = $prompt_version)
      and ($model::varchar is null or coalesce(model, '') = $model)
    group by all
)
select trace_id, (select mode(model) from flagged) as model
from flagged
order by call_start_unix_nano desc, trace_id
limit $limit
