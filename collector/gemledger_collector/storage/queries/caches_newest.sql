-- Caches that lived at $since or later: by their end, as far as it is told, else by the last that was heard of them.
select cache_id
from cache_events
group by cache_id
having max(greatest(at_unix_nano // 1_000_000_000, coalesce(expire_unix_seconds, 0))) >= $since
order by coalesce(min(create_unix_seconds), min(at_unix_nano) // 1_000_000_000) desc, min(at_unix_nano) desc, cache_id
limit $most
