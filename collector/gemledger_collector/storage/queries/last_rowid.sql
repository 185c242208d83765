-- The row of spans that was committed last; null where there is none.
select max(rowid) as last
from spans
where rowid < 36_000_000_000_000_000    -- rows of the running transaction are numbered from 2^55
