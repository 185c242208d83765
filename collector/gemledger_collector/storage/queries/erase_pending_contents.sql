-- Content of the user's traces that waits for its span.
delete from pending_contents
where trace_id in (select trace_id::uuid from erased_traces)
