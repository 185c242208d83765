-- What compaction had left of these slots: it is about to leave something else.
delete from rollup_slots
where rollup = $rollup
  and slot_unix_seconds in (select unnest($slots::bigint[]))
