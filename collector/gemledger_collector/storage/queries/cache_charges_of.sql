-- What was billed of these caches, by hour and by who pays; null where there is no rate.
select
    cache_id,
    hour_unix_seconds,
    billed_as,
    sum(cost_pico_usd) as cost_pico_usd,
    sum(cost_upper_pico_usd) as cost_upper_pico_usd,
    max(until_unix_seconds) as until_unix_seconds
from cache_charges
where list_contains($ids::varchar[], cache_id)
group by all
order by cache_id, hour_unix_seconds, billed_as
