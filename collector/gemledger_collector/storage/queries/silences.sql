-- Silences that end after a moment, the newest first.
select *
from silences
where ends_at_unix_nano > $ending_after
order by created_at_unix_nano desc, silence_id
