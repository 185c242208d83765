-- What of the day's budget of the judge is gone: what its calls have cost since midnight, and what is set aside.
select (
    (select coalesce(sum(cost_pico_usd), 0) from ledger where purpose = 'judge' and slot_unix_seconds >= $since_slot)
    + (
        select coalesce(sum(pico_usd), 0)
        from judge_reservations
        where settled_at_unix_nano is null and reserved_at_unix_nano >= $reserved_from
    )
)::hugeint as pico_usd
