-- What was billed of these caches in all. An hour without a rate has one row, without an amount.
select
    cache_id,
    coalesce(sum(cost_pico_usd), 0) as cost_pico_usd,
    count(distinct hour_unix_seconds) filter (cost_pico_usd is null) as unpriced_hours,
    max(until_unix_seconds) as until_unix_seconds
from cache_charges
where list_contains($ids::varchar[], cache_id)
group by cache_id
