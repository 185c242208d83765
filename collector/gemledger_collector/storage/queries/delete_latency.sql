-- The deltas of some slots, when their sums are at hand.
delete from latency
where slot_unix_seconds in (select unnest($slots::bigint[]))
