-- Where the next $rows charges from $since on end (exclusive); null where fewer are left before $until.
select case when count(*) = $rows then max(start_time_unix_nano) + 1 end as piece_end
from (
    select start_time_unix_nano
    from spans
    where start_time_unix_nano >= $since
      and start_time_unix_nano < $until
      and cost_status is not null
    order by start_time_unix_nano
    limit $rows
)
