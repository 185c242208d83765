-- Jobs submitted in [$since, $until) as of $now (unix nanoseconds), the newest first. What is null does not filter.
select * exclude (submitted_at, settled_at, overdue_at, is_overdue)
from jobs_at($now)
where submitted_unix_nano >= $since
  and submitted_unix_nano < $until
  and ($kind is null or kind = $kind)
  and ($state is null or state = $state)
order by submitted_unix_nano desc, name
limit $limit
offset $offset
