-- Whoever submitted a job is nobody any more; what it was labelled with stays but for the user.
update job_events
set user_id = case when user_id = $user_id then $erased else user_id end,
    labels = map_from_entries(list_filter(map_entries(labels), lambda entry: entry.value <> $user_id))
where user_id = $user_id
   or list_contains(map_values(labels), $user_id)
