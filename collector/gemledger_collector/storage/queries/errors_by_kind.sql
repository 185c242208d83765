-- What went wrong in [$since, $until), per bucket, kind and attribution, out of the ledger. The buckets come from the
-- caller, as in spend_by_bucket.sql. Withheld answers are no errors and a kind all the same: they are counted as calls.
-- A list of ``only_`` chooses any of its values; the empty text stands for calls that have none.
with sums as (
    select
        ($bucket_starts::bigint[])[(slot_unix_seconds - $first) // $step + 1] as bucket_start,
        error_kind,
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
        sum(calls) as calls,
        sum(errors) as errors,
        sum(rate_limited_errors) as rate_limited_errors,
        sum(coalesce(retries, 0)) as retries,
        sum(cost_pico_usd) as cost_pico_usd,
        sum(cost_pico_usd + above_cost_pico_usd) as cost_upper_pico_usd,
        sum(unbounded_calls) as unbounded_calls
    from ledger
    where slot_unix_seconds >= $since
      and slot_unix_seconds < $until
      and ($only_model::varchar[] is null or list_contains($only_model, coalesce(ledger.response_model, '')))
      and ($only_team::varchar[] is null or list_contains($only_team, coalesce(ledger.team, '')))
      and ($only_cost_center::varchar[] is null or list_contains($only_cost_center, coalesce(ledger.cost_center, '')))
      and ($only_feature::varchar[] is null or list_contains($only_feature, coalesce(ledger.feature, '')))
      and ($only_environment::varchar[] is null or list_contains($only_environment, coalesce(ledger.environment, '')))
      and ($only_prompt_version::varchar[] is null or list_contains($only_prompt_version, coalesce(ledger.prompt_version, '')))
      and ($only_service::varchar[] is null or list_contains($only_service, coalesce(ledger.service_name, '')))
      and ($only_purpose::varchar[] is null or list_contains($only_purpose, coalesce(ledger.purpose, '')))
      and ($only_platform::varchar[] is null or list_contains($only_platform, coalesce(ledger.platform, '')))
      and ($only_service_tier::varchar[] is null or list_contains($only_service_tier, coalesce(ledger.service_tier, '')))
    group by all
),
kinds as (
    select
        * exclude (error_kind, calls, errors, rate_limited_errors),
        error_kind as kind,
        if(error_kind = 'safety', calls, errors) as calls
    from sums
    where error_kind is not null
    union all by name
    -- Of before kinds were kept: what of them is known. Their cost stands among that of calls that went well.
    select
        * exclude (error_kind, calls, errors, rate_limited_errors)
            replace (0 as retries, 0 as cost_pico_usd, 0 as cost_upper_pico_usd, 0 as unbounded_calls),
        'rate_limited' as kind,
        rate_limited_errors as calls
    from sums
    where error_kind is null and rate_limited_errors <> 0
    union all by name
    select
        * exclude (error_kind, calls, errors, rate_limited_errors)
            replace (0 as retries, 0 as cost_pico_usd, 0 as cost_upper_pico_usd, 0 as unbounded_calls),
        'other' as kind,
        errors - rate_limited_errors as calls
    from sums
    where error_kind is null and errors <> rate_limited_errors
    union all by name
    -- Calls that went well in the end, for their retries and as the whole of which the others are a part.
    select * exclude (error_kind, errors, rate_limited_errors) replace (calls - errors as calls), null as kind
    from sums
    where error_kind is null
)
select
    bucket_start,
    kind,
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
    sum(calls)::bigint as calls,
    sum(retries)::bigint as retries,
    sum(cost_pico_usd)::hugeint as cost_pico_usd,
    sum(cost_upper_pico_usd)::hugeint as cost_upper_pico_usd,
    sum(unbounded_calls)::bigint as unbounded_calls
from kinds
group by all
having sum(calls) <> 0 or sum(cost_pico_usd) <> 0
order by bucket_start, calls desc, kind, model, team, feature
