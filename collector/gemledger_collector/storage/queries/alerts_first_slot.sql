-- The ledger's oldest slot: a baseline reaches no further back.
select min(slot_unix_seconds) as slot_unix_seconds from ledger
