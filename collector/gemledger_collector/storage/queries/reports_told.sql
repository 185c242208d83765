-- Whether a report of a day was sent.
select told_at_unix_nano
from reports
where report = $report and day = $day
limit 1
