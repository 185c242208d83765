-- Everything of a user's calls that is no figure: of their attributes and events only our own stay, which say what was
-- billed, and these only where they do not name the user.
update spans
set user_id = case when user_id = $user_id then $erased else user_id end,
    conversation_id = null,
    status_message = null,
    trace_state = null,
    resource = case when contains(resource, $user_id) then null else resource end,
    attributes = map_from_entries(list_filter(
        map_entries(attributes),
        lambda entry: starts_with(entry.key, 'gemledger.') and not contains(entry.value, $user_id)
    )),
    nested_attributes = map_from_entries(list_filter(
        map_entries(nested_attributes),
        lambda entry: starts_with(entry.key, 'gemledger.')
            and not contains(entry.value::varchar, encode($user_id::varchar)::varchar)
    )),
    events = list_filter(
        events,
        lambda event: contains(event::varchar, 'gemledger.exchange')
            and not contains(event::varchar, encode($user_id::varchar)::varchar)
    ),
    links = null
where user_id = $user_id
   or list_contains(map_values(attributes), $user_id)
