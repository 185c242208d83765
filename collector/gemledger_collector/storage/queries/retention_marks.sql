-- From which start time on each table still has everything; a table that nothing was ever deleted of has no row.
select table_name, max(kept_from_unix_nano) as kept_from_unix_nano
from retention_log
group by table_name
