-- The newest $limit lines of the audit in [$since, $until) that come before ($before_time, $before_row), of one actor
-- and one action where those are given. Rows of one moment are told apart by rowid.
select time_unix_nano, rowid as row_id, actor, action, detail
from audit
where time_unix_nano >= $since
  and time_unix_nano < $until
  and (time_unix_nano, rowid) < ($before_time, $before_row)
  and ($actor is null or actor = $actor)
  and ($action is null or action = $action)
order by time_unix_nano desc, rowid desc
limit $limit
