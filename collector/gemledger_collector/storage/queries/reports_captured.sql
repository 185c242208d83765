-- Answers in the store of calls in [$since, $until), the judge's own apart.
select count(*) as answers
from contents
where start_time_unix_nano >= $since
  and start_time_unix_nano < $until
  and output_messages is not null
  and purpose is null
