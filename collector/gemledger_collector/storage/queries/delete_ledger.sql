-- The deltas of some slots, when their sums are at hand.
delete from ledger
where slot_unix_seconds in (select unnest($slots::bigint[]))
