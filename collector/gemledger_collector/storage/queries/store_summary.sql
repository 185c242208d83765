-- What the store holds, for the status page.
select
    (select coalesce(sum(calls), 0)::bigint from ledger) as calls,
    (select min(start_time_unix_nano) from spans where cost_status is not null) as earliest_unix_nano,
    (select max(start_time_unix_nano) from spans where cost_status is not null) as latest_unix_nano,
    (
        select list(response_model order by first_slot, response_model)
        from (
            select response_model, min(slot_unix_seconds) as first_slot
            from ledger
            where response_model is not null
            group by response_model
            order by first_slot, response_model
            limit 200
        )
    ) as models
