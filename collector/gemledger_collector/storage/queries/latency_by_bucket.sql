-- In which bucket of its histogram each percentile lies, of calls in [$since, $until), per bucket of time and attribution.
-- The buckets of time come from the caller, as in spend_by_bucket.sql.
-- A list of ``only_`` chooses any of its values; the empty text stands for calls that have none.
with histograms as (
    select
        ($bucket_starts::bigint[])[(slot_unix_seconds - $first) // $step + 1] as bucket_start,
        metric,
        bucket,
        case when $by_model then response_model end as model,
        case when $by_team then team end as team,
        case when $by_cost_center then cost_center end as cost_center,
        case when $by_feature then feature end as feature,
        case when $by_environment then environment end as environment,
        case when $by_prompt_version then prompt_version end as prompt_version,
        case when $by_service then service_name end as service,
        case when $by_purpose then purpose end as purpose,
        case when $by_platform then platform end as platform,
        case when $by_service_tier then service_tier end as service_tier,
        sum(calls) as calls
    from latency
    where slot_unix_seconds >= $since
      and slot_unix_seconds < $until
      and ($only_model::varchar[] is null or list_contains($only_model, coalesce(latency.response_model, '')))
      and ($only_team::varchar[] is null or list_contains($only_team, coalesce(latency.team, '')))
      and ($only_cost_center::varchar[] is null or list_contains($only_cost_center, coalesce(latency.cost_center, '')))
      and ($only_feature::varchar[] is null or list_contains($only_feature, coalesce(latency.feature, '')))
      and ($only_environment::varchar[] is null or list_contains($only_environment, coalesce(latency.environment, '')))
      and ($only_prompt_version::varchar[] is null or list_contains($only_prompt_version, coalesce(latency.prompt_version, '')))
      and ($only_service::varchar[] is null or list_contains($only_service, coalesce(latency.service_name, '')))
      and ($only_purpose::varchar[] is null or list_contains($only_purpose, coalesce(latency.purpose, '')))
      and ($only_platform::varchar[] is null or list_contains($only_platform, coalesce(latency.platform, '')))
      and ($only_service_tier::varchar[] is null or list_contains($only_service_tier, coalesce(latency.service_tier, '')))
      and ($failed::boolean is null or failed = $failed::boolean)
    group by all
    having sum(latency.calls) > 0    -- what was taken back leaves rows that cancel out
),
ranked as (
    select
        *,
        sum(calls) over so_far as calls_so_far,
        sum(calls) over everything as all_calls
    from histograms
    window
        everything as (
            partition by
                bucket_start, metric, model, team, cost_center, feature, environment,
                prompt_version, service, purpose, platform, service_tier
        ),
        so_far as (
            partition by
                bucket_start, metric, model, team, cost_center, feature, environment,
                prompt_version, service, purpose, platform, service_tier
            order by bucket
            rows between unbounded preceding and current row
        )
)
select
    bucket_start,
    metric,
    model,
    team,
    cost_center,
    feature,
    environment,
    prompt_version,
    service,
    purpose,
    platform,
    service_tier,
    any_value(all_calls)::bigint as calls,
    -- The call of rank ceil(quantile x calls), the first being 1.
    min(bucket) filter (calls_so_far >= $q0 * all_calls) as bucket0,
    min(bucket) filter (calls_so_far >= $q1 * all_calls) as bucket1,
    min(bucket) filter (calls_so_far >= $q2 * all_calls) as bucket2,
    min(bucket) filter (calls_so_far >= $q3 * all_calls) as bucket3
from ranked
group by all
order by bucket_start, metric, calls desc, model, team, feature
