-- The deltas of some slots of the histograms, summed: one row a key. What was taken back altogether is gone.
select * exclude (calls), sum(calls) as calls
from latency
where slot_unix_seconds in (select unnest($slots::bigint[]))
group by all
having sum(calls) <> 0
