-- Slots of each rollup whose rows are not what compaction left, and that are over, or have grown by so much that they are
-- worth merging before.
with held as (
    select 'ledger' as rollup, slot_unix_seconds as slot, 900 as seconds, count(*) as row_count
    from ledger
    group by slot_unix_seconds
    union all
    select 'latency' as rollup, slot_unix_seconds as slot, 900 as seconds, count(*) as row_count
    from latency
    group by slot_unix_seconds
    union all
    select 'ledger_user' as rollup, day_unix_seconds as slot, 86_400 as seconds, count(*) as row_count
    from ledger_user
    group by day_unix_seconds
),
due as (
    select held.*, slot + seconds + $grace_seconds <= $now as is_over, coalesce(kept.row_count, 0) as kept_rows
    from held
    left join rollup_slots as kept
        on kept.rollup = held.rollup
       and kept.slot_unix_seconds = held.slot
)
select rollup, slot, row_count, is_over
from due
where row_count > 1
  and row_count <> kept_rows
  and (is_over or row_count > 2 * kept_rows + $worth_rows)
order by rollup, is_over, slot
