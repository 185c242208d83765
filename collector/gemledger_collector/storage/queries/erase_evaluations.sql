-- What a judge quoted from the user's answers; its verdict stays.
update evaluations
set evidence = null,
    reason = null,
    conversation_id = null
where trace_id in (select trace_id::uuid from erased_traces)
