-- Prompts and answers of the user's traces.
delete from contents
where conversation_id = $user_id
   or trace_id in (select trace_id::uuid from erased_traces)
