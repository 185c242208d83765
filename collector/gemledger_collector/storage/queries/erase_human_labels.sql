-- What people noted of the user's answers, and may have quoted; their label stays.
update human_labels
set note = null
where trace_id in (select trace_id::uuid from erased_traces)
