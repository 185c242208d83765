-- What is known of limits, the newest first.
select * from rate_limits
order by learned_unix_nano desc
limit $most
