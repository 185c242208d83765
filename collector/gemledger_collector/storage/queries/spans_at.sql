-- Everything of the spans at these places, of which the times of the first and the last are known.
select rowid as place, *
from spans
where rowid in (select unnest($places::bigint[]))
  and start_time_unix_nano between $first and $last
