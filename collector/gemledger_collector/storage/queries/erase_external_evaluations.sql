-- What others said about the user's answers; their verdict stays.
update external_evaluations
set explanation = null
where trace_id in (select trace_id::uuid from erased_traces)
