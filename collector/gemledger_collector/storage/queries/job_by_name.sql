-- One job as of $now (unix nanoseconds).
select * exclude (submitted_at, settled_at, overdue_at, is_overdue)
from jobs_at($now)
where name = $name
