-- What the user said of answers, and what was said of theirs: the verdict stays, nobody's and without words.
update feedback
set comment = null,
    user_id = case when user_id = $user_id then $erased else user_id end
where user_id = $user_id
   or contains(comment, $user_id)
   or trace_id in (select trace_id::uuid from erased_traces)
   or response_id in (select response_id from spans where trace_id in (select trace_id::uuid from erased_traces))
