-- Everything heard of these caches.
from cache_events
where list_contains($ids::varchar[], cache_id)
order by cache_id, at_unix_nano
