-- The newest alert of a fingerprint, or the one that started then.
select *
from alerts
where fingerprint = $fingerprint
  and ($started_at::bigint is null or started_at_unix_nano // 1000 = $started_at // 1000) -- told to the microsecond
order by started_at_unix_nano desc
limit 1
