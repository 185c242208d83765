-- The rules by which the store was attributed last, and since when it is being done.
select settings, created_unix_nano
from revisions
where kind = 'attribution' and not dry_run
order by created_unix_nano desc
limit 1
