-- How many rows of each table tell of a user.
with traces as (
    select distinct trace_id
    from spans
    where user_id = $user_id
       or list_contains(map_values(attributes), $user_id)
)
select
    (select count(*) from contents where conversation_id = $user_id or trace_id in (from traces)) as contents,
    (select count(*) from pending_contents where trace_id in (from traces)) as pending_contents,
    (select count(*) from evaluations where trace_id in (from traces)) as evaluations,
    (select count(*) from external_evaluations where trace_id in (from traces)) as external_evaluations,
    (
        select count(*)
        from feedback
        where user_id = $user_id
           or contains(comment, $user_id)
           or trace_id in (from traces)
           or response_id in (select response_id from spans where trace_id in (from traces))
    ) as feedback,
    (select count(*) from human_labels where trace_id in (from traces)) as human_labels,
    (select count(*) from spans where user_id = $user_id or list_contains(map_values(attributes), $user_id)) as spans,
    (select count(*) from job_events where user_id = $user_id or list_contains(map_values(labels), $user_id)) as job_events,
    (select count(*) from cache_events where user_id = $user_id) as cache_events,
    (select count(*) from cache_charges where contains(billed_as, $written)) as cache_charges,
    (select count(*) from ledger_user where user_id = $user_id) as ledger_user,
    (select count(*) from audit where contains(detail, $user_id) or contains(detail, $quoted)) as audit
