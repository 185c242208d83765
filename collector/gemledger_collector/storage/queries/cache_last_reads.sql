-- When a call last read each of these caches. Row groups without any cache's name are skipped by their statistics.
select
    split_part(cache_name, '/', -1) as cache_id,
    max(start_time_unix_nano) // 1_000_000_000 as at
from spans
where cache_name is not null
  and start_time_unix_nano >= $since
  and cache_read_tokens > 0
  and list_contains($ids::varchar[], split_part(cache_name, '/', -1))
group by all
