-- What waits for each channel.
select channel, count(*) as waiting
from notifications
where next_attempt_unix_nano is not null
group by channel
