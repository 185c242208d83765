-- What was sent, or is to be, about alerts: newest first.
select *
from notifications
where created_at_unix_nano >= $since and created_at_unix_nano < $until
order by created_at_unix_nano desc, sequence desc, channel
limit $limit
