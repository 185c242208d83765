-- Alerts that lasted at some moment in [$since, $until), newest first, what is open before what is over.
select *
from alerts
where started_at_unix_nano < $until
  and coalesce(resolved_at_unix_nano, 9223372036854775807) >= $since
order by state = 'resolved', started_at_unix_nano desc, rule, threshold_percent desc
limit $limit
