-- The values of each dimension in [$since, $until), out of the ledger, the busiest first, at most $most of each.
-- The ledger is summed once, to a row for each combination of values; what is taken apart is only these.
with combinations as (
    select
        response_model,
        team,
        cost_center,
        feature,
        environment,
        prompt_version,
        service_name,
        purpose,
        platform,
        service_tier,
        error_kind,
        cost_status,
        sum(calls) as calls
    from ledger
    where slot_unix_seconds >= $since
      and slot_unix_seconds < $until
    group by all
),
told as (
    select
        unnest([
            'model', 'team', 'cost_center', 'feature', 'environment', 'prompt_version', 'service', 'purpose', 'platform',
            'service_tier', 'error_kind', 'status'
        ]) as dimension,
        unnest([
            response_model, team, cost_center, feature, environment, prompt_version, service_name, purpose, platform,
            service_tier, error_kind, cost_status
        ]) as value,
        calls
    from combinations
)
select
    dimension,
    value,
    sum(told.calls) as calls
from told
group by dimension, value
having sum(told.calls) > 0
qualify row_number() over (partition by dimension order by sum(told.calls) desc, value) <= $most
order by dimension, calls desc, value
