-- The values of each dimension in [$since, $until), out of the ledger, the busiest first, at most $most of each.
-- Each grouping set has one of the columns, so the first that is no null is its value.
with counted as (
    select
        case
            when grouping(model) = 0 then 'model'
            when grouping(team) = 0 then 'team'
            when grouping(cost_center) = 0 then 'cost_center'
            when grouping(feature) = 0 then 'feature'
            when grouping(environment) = 0 then 'environment'
            when grouping(prompt_version) = 0 then 'prompt_version'
            when grouping(service) = 0 then 'service'
            when grouping(purpose) = 0 then 'purpose'
            when grouping(platform) = 0 then 'platform'
            when grouping(service_tier) = 0 then 'service_tier'
            when grouping(error_kind) = 0 then 'error_kind'
            else 'status'
        end as dimension,
        coalesce(
            model, team, cost_center, feature, environment, prompt_version, service, purpose, platform, service_tier,
            error_kind, cost_status
        ) as value,
        sum(calls)::bigint as calls
    from (
        select *, response_model as model, service_name as service
        from ledger
        where slot_unix_seconds >= $since
          and slot_unix_seconds < $until
    )
    group by grouping sets (
        (model), (team), (cost_center), (feature), (environment), (prompt_version), (service), (purpose), (platform),
        (service_tier), (error_kind), (cost_status)
    )
    having sum(calls) > 0
)

select *
from counted
qualify row_number() over (partition by dimension order by calls desc, value) <= $most
order by dimension, calls desc, value
