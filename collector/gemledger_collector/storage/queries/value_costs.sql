-- What calls cost in [$since, $until) by the keys of $by, out of the ledger, and how far its slots lie from the common
-- mean. Our own calls, which have a purpose, stand apart: they are no answers to anybody.
with slots as (
    select
        purpose is not null as own,
        case when list_contains($by, 'model') then response_model end as model,
        case when list_contains($by, 'feature') then feature end as feature,
        case when list_contains($by, 'prompt_version') then prompt_version end as prompt_version,
        slot_unix_seconds,
        sum(calls)::hugeint as calls,
        greatest(sum(calls) - sum(case when cost_status = 'unpriced' then unbounded_calls else 0 end), 0)::hugeint
            as priced_calls,
        sum(cost_pico_usd)::hugeint as cost_pico_usd
    from ledger
    where slot_unix_seconds >= $since
      and slot_unix_seconds < $until
    group by all
),

centred as (
    select
        *,
        cost_pico_usd - priced_calls * (sum(cost_pico_usd) over alike)::double / nullif(sum(priced_calls) over alike, 0)
            as residual
    from slots
    window alike as (partition by own, model, feature, prompt_version)
)

select
    own,
    model,
    feature,
    prompt_version,
    sum(calls)::bigint as calls,
    sum(priced_calls)::bigint as priced_calls,
    sum(cost_pico_usd)::hugeint as pico_usd,
    count(*) filter (where priced_calls <> 0 or cost_pico_usd <> 0) as slots,
    coalesce(sum(residual * residual), 0)::double as square_residuals
from centred
group by all
having sum(calls) <> 0
    or sum(cost_pico_usd) <> 0
order by pico_usd desc, feature, model, prompt_version
