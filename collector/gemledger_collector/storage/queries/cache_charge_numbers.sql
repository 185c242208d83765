-- How many charges each hour of these caches has: the number of the next one.
select cache_id, hour_unix_seconds, count(*) as rows
from cache_charges
where list_contains($ids::varchar[], cache_id)
group by all
