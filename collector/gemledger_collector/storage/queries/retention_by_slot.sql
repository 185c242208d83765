-- How many rows of a table start in each quarter of an hour before $before, the oldest first.
-- Branches of other tables are pruned, and so are row groups that are newer.
select start_time_unix_nano // 900_000_000_000 * 900_000_000_000 as slot_unix_nano, count(*) as rows
from (
    select 'spans' as table_name, start_time_unix_nano from spans
    union all
    select 'contents', start_time_unix_nano from contents
    union all
    select 'evaluations', judged_at_unix_nano from evaluations
    union all
    select 'external_evaluations', time_unix_nano from external_evaluations
    union all
    select 'feedback', given_at_unix_nano from feedback
    union all
    select 'human_labels', labelled_at_unix_nano from human_labels
    union all
    select 'canary_verdicts', judged_at_unix_nano from canary_verdicts
    union all
    select 'alerts', resolved_at_unix_nano from alerts where resolved_at_unix_nano is not null
    union all
    select 'notifications', created_at_unix_nano from notifications where next_attempt_unix_nano is null
    union all
    select 'audit', time_unix_nano from audit
)
where table_name = $table_name
  and start_time_unix_nano < $before
group by slot_unix_nano
order by slot_unix_nano
