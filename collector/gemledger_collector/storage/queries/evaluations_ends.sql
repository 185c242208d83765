-- When the first and the last call in [$since, $until) began that was judged; null where none was.
select min(call_start_unix_nano) as first_unix_nano, max(call_start_unix_nano) as last_unix_nano
from evaluations
where call_start_unix_nano >= $since and call_start_unix_nano < $until
