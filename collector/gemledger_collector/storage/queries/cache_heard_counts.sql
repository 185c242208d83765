-- How much was heard of each cache.
select cache_id, count(*) as heard
from cache_events
group by cache_id
