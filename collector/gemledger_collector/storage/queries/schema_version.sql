-- Number of the newest migration applied.
select max(version) as version
from schema_migrations
