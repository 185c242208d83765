-- How many rows of a table still say something in words, by quarters of an hour of what they are about, before $before.
-- Branches of other tables are pruned.
select start_time_unix_nano // 900_000_000_000 * 900_000_000_000 as slot_unix_nano, count(*) as rows
from (
    select 'evaluations' as table_name, call_start_unix_nano as start_time_unix_nano
    from evaluations
    where evidence is not null or reason is not null
    union all
    select 'external_evaluations', time_unix_nano from external_evaluations where explanation is not null
    union all
    select 'feedback', given_at_unix_nano from feedback where comment is not null
    union all
    select 'human_labels', call_start_unix_nano from human_labels where note is not null
)
where table_name = $table_name
  and start_time_unix_nano < $before
group by slot_unix_nano
order by slot_unix_nano
