-- Whether two stores may be the same: rows of each table, and what the bill comes to.
select
    (select count(*) from spans) as spans,
    (select count(*) from contents) as contents,
    (select count(*) from ledger) as ledger,
    (select count(*) from settlements) as settlements,
    (select count(*) from job_events) as job_events,
    (select count(*) from cache_events) as cache_events,
    (select count(*) from cache_charges) as cache_charges,
    (select count(*) from evaluations) as evaluations,
    (select count(*) from alerts) as alerts,
    (select count(*) from notifications) as notifications,
    (select count(*) from audit) as audit,
    (select count(*) from latency) as latency,
    (select count(*) from ledger_user) as ledger_user,
    (select count(*) from price_changes) as price_changes,
    (select count(*) from retention_log) as retention_log,
    (select sum(cost_pico_usd) from spans where cost_status is not null and superseded_by is null) as charged_pico_usd,
    (select sum(cost_pico_usd) from ledger) as ledger_pico_usd
